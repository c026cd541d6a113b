"""The ways in for people: one file per command group."""
