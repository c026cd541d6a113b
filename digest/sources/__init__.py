"""Live sources: ask services for lists of papers when they are due."""
