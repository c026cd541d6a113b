"""Decide the next state of a delivery, limits, and when to pause. Pure."""
