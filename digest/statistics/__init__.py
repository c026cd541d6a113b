"""Figures over days for the operator: readers, mails, what came back, topics, votes, sources."""
