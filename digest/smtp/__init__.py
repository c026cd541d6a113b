"""Speaks SMTP: the client side (relay) and the local test server (sink)."""
