"""Summaries: one or two whole sentences of an abstract: what is new, and what came out. Pure."""
