"""Labs and their daily counts."""
