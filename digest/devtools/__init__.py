"""Tools for developing and for a first look."""
