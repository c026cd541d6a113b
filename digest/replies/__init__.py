"""Read a reader's answer to a digest: its own words, and the commands that they say. Pure."""
