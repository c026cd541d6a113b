"""Read what is counted; flush, never commit."""
