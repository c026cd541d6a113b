"""The API: JSON under /api/v1."""
