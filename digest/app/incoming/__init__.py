"""What takes what comes in: mail, replies, and what mail services tell."""
