"""Operations: how the service stands, what is wrong, and whom to tell."""
