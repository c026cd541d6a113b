"""Compare two rankings by the votes of readers who agreed to it (docs/why/lab.md)."""
