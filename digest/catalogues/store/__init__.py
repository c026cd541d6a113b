"""SQL of the versions of the catalogue, of recent papers, and of who follows a topic."""
