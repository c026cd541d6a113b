"""Delivery: plan, lease, send, settle and recover the mails of an edition."""
