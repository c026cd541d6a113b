"""Read and write subscribers, their events, votes and schedules; flush, never commit."""
