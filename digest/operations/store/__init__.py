"""Read how the service stands from the database."""
