"""Read and write the state of sources in the database; flush, never commit."""
