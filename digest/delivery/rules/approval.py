"""Say what an edition that waits to be approved waits for."""

from digest.model import Approval

_LATE = {
    "send": "then it goes as it is",
    "skip": "then it is cancelled",
    "hold": "and goes on waiting then",
}


def what_comes(waits: Approval) -> str:
    """Say until when it waits and what comes then, as a sentence without its stop."""
    return f"it waits to be approved until {waits.by:%Y-%m-%d %H:%M} UTC, {_LATE[waits.late]}"
