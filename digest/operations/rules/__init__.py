"""Decide when something is wrong enough to tell the operator. Pure."""
