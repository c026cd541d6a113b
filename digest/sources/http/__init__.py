"""Fetching over HTTP from servers that we do not trust: bounded, polite, only where it may go."""
