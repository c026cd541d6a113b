"""The outbox: mails to single readers and to the operator wait in a table until they are sent."""
