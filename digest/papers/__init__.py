"""Load dumps and lists into the database, each paper once."""
