"""Decide what a refusal means, and when it ends a reader's mail. Pure."""
