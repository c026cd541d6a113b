"""What a vote says of two rankings, and what many say together. Pure."""
