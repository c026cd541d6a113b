"""Fetch lists of papers from live sources when they are due."""
