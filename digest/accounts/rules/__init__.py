"""What a password must be, when a session ends, which code is right. Pure."""
