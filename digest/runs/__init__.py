"""Runs: keep a report of each run and each periodic task."""
