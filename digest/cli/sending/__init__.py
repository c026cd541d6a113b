"""Commands that send, and that run the service."""
