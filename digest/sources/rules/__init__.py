"""Decide what to ask a source for, and how a source does. Pure."""
