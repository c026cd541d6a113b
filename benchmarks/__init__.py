"""Measurements, each beside its comparison in the same run."""
