"""The sink: a local mail server that keeps every message and shows it."""
