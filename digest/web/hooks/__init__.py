"""Where mail services tell what became of our mail."""
