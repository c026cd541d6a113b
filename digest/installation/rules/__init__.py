"""Decide whether a database is behind a mark, and whether settings differ."""
