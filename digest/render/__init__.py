"""Rendering: turn picks into the exact bytes of a mail. Pure."""
