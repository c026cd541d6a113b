"""Interests: rank papers against a phrase that a reader typed. Pure."""
