"""Say how the service does and what is wrong, and tell the operator."""
