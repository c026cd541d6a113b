"""Read and write the outbox; flush, never commit."""
