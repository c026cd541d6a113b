"""Which bytes are hashed, and in which order. Pure."""
