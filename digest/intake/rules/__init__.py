"""Decide what a reply changes. Pure."""
