"""The operator's console under /admin: it is there once there is an account (ADR 52)."""
