"""Fetch over HTTP from servers that we do not trust: bounded, polite, public addresses only."""
