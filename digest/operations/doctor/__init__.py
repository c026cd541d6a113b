"""`digest doctor`: small checks, each of which says what it found and how to mend it."""
