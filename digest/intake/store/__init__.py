"""Read and write the mail that came in; flush, never commit."""
