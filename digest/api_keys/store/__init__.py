"""Read and write API keys and remembered requests; flush, never commit."""
