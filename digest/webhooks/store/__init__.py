"""Read and write webhooks and their messages; flush, never commit."""
