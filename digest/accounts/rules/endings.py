"""How long sessions and links last."""

from datetime import datetime, timedelta

from digest.model import Stage

LASTS = timedelta(days=7)  # a session, however much it is used
IDLE = timedelta(hours=12)  # without a request
FIRST_LASTS = timedelta(minutes=15)  # between first and second factor
LINK_LASTS = timedelta(minutes=30)  # of a mail that somebody asked for
INVITATION_LASTS = timedelta(days=3)  # of `digest admin add`
SEEN_EVERY = timedelta(minutes=5)  # that it was used is noted so often
MOST_FAILURES = 5  # wrong codes of one session
MOST_ENDED = 4  # sessions of an account that ended by them within LOCKED_FOR; then no code is taken
LOCKED_FOR = timedelta(hours=1)
FRESH_FOR = timedelta(minutes=15)  # after signing in, factors may be changed


def ends_at(stage: Stage, now: datetime) -> datetime:
    """Return when a session of this stage ends at the latest."""
    return now + (LASTS if stage is Stage.FULL else FIRST_LASTS)


def is_over(ends: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has ended: by its age, or because nobody used it."""
    return now >= ends or now - seen_at >= IDLE
