"""Versions of the topic catalogue: saving, taking back, classifying anew, trying a change."""
