"""What every subject stands on: text, time, signed tokens, languages, the database, the log."""
