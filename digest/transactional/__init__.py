"""Transactional mails: confirm, welcome, goodbye, change, alert and test mails."""
