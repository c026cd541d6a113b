"""Speak the reader's language: message catalogues, dates and numbers."""
