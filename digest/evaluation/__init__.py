"""Evaluation: measure topics and interests on labelled papers."""
