"""Decide the Date of a mail, and what follows an attempt. Pure."""
