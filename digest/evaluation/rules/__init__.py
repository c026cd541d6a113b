"""Measure rankings and labels; plain rankers to compare with. Pure."""
