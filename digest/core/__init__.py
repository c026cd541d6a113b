"""Decides and is pure: no clock, environment, disk, network, database or random source."""
