"""What is made of an edition once for all its mails, and kept for the next process."""
