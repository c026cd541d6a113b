"""The SQL of seals: flushes, never commits."""
