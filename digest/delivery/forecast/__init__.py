"""What mails would hold, without sending: rehearsals, looks back, how many would get a paper."""
