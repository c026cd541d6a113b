"""Read and write dumps and papers in the database; flush, never commit."""
