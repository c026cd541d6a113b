"""The operator's console: pages under /admin."""
