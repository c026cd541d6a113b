"""Subscribers: sign up, change, pause, leave, vote."""
