"""Seals: hashes over what is settled, each chained to the one before, and their verification."""
