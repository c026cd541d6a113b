"""Define the values that all packages share.

All times are aware UTC. Every class is frozen: a value can be passed anywhere. Import them
from here.
"""

from digest.model.accounts import Role, Stage
from digest.model.feedback import Feedback, FeedbackKind
from digest.model.papers import (
    Byline,
    Candidate,
    Edition,
    Empty,
    Paper,
    Pick,
    Place,
    Reason,
    ReasonKind,
    References,
    Revision,
    Trend,
)
from digest.model.readers import (
    Cadence,
    DeliverySchedule,
    EmptyDay,
    Layout,
    Preferences,
    Reader,
    Subscriber,
    SubscriberState,
    Vote,
)
from digest.model.sending import (
    Answer,
    DeliveryState,
    Letterhead,
    Lost,
    MailKind,
    Message,
    RateUse,
    Reply,
    Stop,
    StopKind,
    Unreachable,
)

__all__ = [
    "Answer",
    "Byline",
    "Cadence",
    "Candidate",
    "DeliverySchedule",
    "DeliveryState",
    "Edition",
    "Empty",
    "EmptyDay",
    "Feedback",
    "FeedbackKind",
    "Layout",
    "Letterhead",
    "Lost",
    "MailKind",
    "Message",
    "Paper",
    "Pick",
    "Place",
    "Preferences",
    "RateUse",
    "Reader",
    "Reason",
    "ReasonKind",
    "References",
    "Reply",
    "Revision",
    "Role",
    "Stage",
    "Stop",
    "StopKind",
    "Subscriber",
    "SubscriberState",
    "Trend",
    "Unreachable",
    "Vote",
]
