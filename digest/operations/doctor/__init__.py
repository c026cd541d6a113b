"""Check the set-up for `digest doctor`: each check says what it found and how to fix it."""
