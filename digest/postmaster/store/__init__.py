"""The SQL of Gmail's verdicts."""
