"""Read the file of sources, and decide how a source does. Pure."""
