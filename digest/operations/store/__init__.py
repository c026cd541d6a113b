"""Read the state of the service from the database."""
