"""Read and write editions and written summaries in the database; flush, never commit."""
