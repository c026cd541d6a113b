"""Sign what a link or an address carries, and read it back. Pure."""
