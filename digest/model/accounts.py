"""Who may use the console, and what for."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each may do what those before it may."""

    VIEWER = "viewer"  # look
    EDITOR = "editor"  # decide what goes out, and look after readers
    OWNER = "owner"  # accounts, exports, webhooks, erasing

    def may(self, wanted: "Role") -> bool:
        """Whether this role is enough where another is wanted."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


class Stage(StrEnum):
    """How far somebody has signed in."""

    ASKED = "asked"  # a passkey was asked for; nobody is known yet
    FIRST = "first"  # by password or by a link of a mail; the second factor is missing
    FULL = "full"  # signed in
