"""Accounts of the console: who may use it, how they sign in, and what they changed."""
