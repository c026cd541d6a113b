"""Read and write runs, alerts and periodic tasks in the database; flush, never commit."""
