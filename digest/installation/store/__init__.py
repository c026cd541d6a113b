"""SQL of the installation and of the holds."""
