"""Read and write accounts, sessions, links and the audit log; flush, never commit."""
