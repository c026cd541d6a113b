"""Work with local time, schedules and time zones. Pure."""
