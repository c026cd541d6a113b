"""SQL of replies."""
