"""The words of the service as plain values; every layer speaks in these.

All times are aware UTC. Every class is frozen: a value can be handed to anyone. Whoever needs one
imports it from here.
"""

from digest.model.papers import (
    Candidate,
    Edition,
    Empty,
    Paper,
    Pick,
    Reason,
    ReasonKind,
    References,
    Revision,
    Trend,
)
from digest.model.readers import (
    Cadence,
    EmptyDay,
    Layout,
    Preferences,
    Reader,
    Rhythm,
    Subscriber,
    SubscriberState,
    Vote,
)
from digest.model.sending import (
    Answer,
    Letterhead,
    Lost,
    Message,
    Reply,
    State,
    Stop,
    StopKind,
    Unreachable,
    Use,
)

__all__ = [
    "Answer",
    "Cadence",
    "Candidate",
    "Edition",
    "Empty",
    "EmptyDay",
    "Layout",
    "Letterhead",
    "Lost",
    "Message",
    "Paper",
    "Pick",
    "Preferences",
    "Reader",
    "Reason",
    "ReasonKind",
    "References",
    "Reply",
    "Revision",
    "Rhythm",
    "State",
    "Stop",
    "StopKind",
    "Subscriber",
    "SubscriberState",
    "Trend",
    "Unreachable",
    "Use",
    "Vote",
]
