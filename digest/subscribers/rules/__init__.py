"""Decide what an address, a preference and a consent may be. Pure."""
