"""Open the database, know its tables, bring it to the newest schema."""
