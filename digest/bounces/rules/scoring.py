"""When bounces and complaints end a reader's mail.

A complaint does at once. A hard bounce does, or several on different days. Soft ones count one a
day (UTC) and are forgotten after some days without one, as in Mailman's bounce processing. What is
about us (blocked) counts for nobody.
"""

import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from digest.model import FeedbackKind


@dataclass(frozen=True, slots=True)
class BounceRules:
    """hard_days, soft_days: on how many days the mail of a reader must bounce to suppress them.

    forget_days: after so many days without another, soft bounces are forgotten.
    """

    hard_days: int = 1
    soft_days: int = 5
    forget_days: int = 7


DEFAULT_RULES = BounceRules()

_CODE = re.compile(r"[45]\d\d\b", re.ASCII)


class Told(NamedTuple):
    """What was said of a reader's mail, and when."""

    kind: FeedbackKind
    at: datetime


def suppresses(told: Collection[Told], newest: Told, rules: BounceRules) -> bool:
    """Return whether a reader's newest feedback suppresses them. told: all there is, it included.

    Only the kind that is new can: a reader whom the operator let in again is not put out by a soft
    bounce because of the hard ones of before.
    """
    days = {one.at.date() for one in told if one.kind is newest.kind and one.at <= newest.at}
    match newest.kind:
        case FeedbackKind.COMPLAINT:
            return True
        case FeedbackKind.HARD:
            return len(days) >= rules.hard_days
        case FeedbackKind.SOFT:
            return _score(days, rules.forget_days) >= rules.soft_days
        case FeedbackKind.BLOCKED:
            return False


def reason(newest: Told, rules: BounceRules, status: str, words: str) -> str:
    """Say why a reader is suppressed, with no word of the server: this outlives an erased reader.

    status: an enhanced status code, or "". words: what the server said; only its code is taken.
    """
    match newest.kind:
        case FeedbackKind.COMPLAINT:
            what = "a complaint"
        case FeedbackKind.SOFT:
            what = f"soft bounces on {rules.soft_days} days, the last one"
        case _:
            what = "a hard bounce"
    code = _CODE.match(words)
    codes = " ".join(filter(None, (code and code[0], status)))
    return f"{what}: {codes}" if codes else what


def _score(days: Iterable[date], forget_days: int) -> int:
    """Count the days back from the newest one until there is a gap of more than `forget_days`."""
    newest_first = sorted(days, reverse=True)
    for count, (later, earlier) in enumerate(itertools.pairwise(newest_first), 1):
        if later - earlier > timedelta(days=forget_days):
            return count
    return len(newest_first)
