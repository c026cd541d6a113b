"""The pre-flight check: what is wrong with a mail, found before it goes to thousands."""
