"""The scheduler: runs periodic tasks, each of which is safe to run twice and by several at once."""
