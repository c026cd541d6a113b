"""Commands about papers, sources and editions."""
