"""Intake: take the mail that comes in, and act on it."""
