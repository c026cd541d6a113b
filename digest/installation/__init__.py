"""What database this is, what this machine has seen of it, and by which settings it mails."""
