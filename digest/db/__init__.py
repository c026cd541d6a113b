"""Remembers: typed functions per noun over SQLAlchemy; they flush, never commit."""
