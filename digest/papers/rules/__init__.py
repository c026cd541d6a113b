"""Decide what a paper is: its identity, identifiers, links and summary. Pure."""
