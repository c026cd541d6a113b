"""Decide what other systems are told, how it is signed, and when it is tried again. Pure."""
