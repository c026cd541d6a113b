"""Read and write the ledger, its batches and its journals; flush, never commit."""
