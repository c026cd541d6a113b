"""Commands: each parses, calls one service, prints, and sets the exit code."""
