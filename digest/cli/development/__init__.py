"""Commands for a first look."""
