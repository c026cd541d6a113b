"""Feedback as it is stored, and what is counted of it."""
