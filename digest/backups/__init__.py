"""Back the database up, put a backup back, and merge what the disks know that it does not."""
