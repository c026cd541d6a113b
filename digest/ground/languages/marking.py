"""Mark messages that are translated later; apart from what translates, which takes time to load."""


def N_(message: str) -> str:  # noqa: N802 -- what gettext's tools look for
    """Return the message as it is."""
    return message
