"""Whether a cell of a file says that somebody must not be mailed.

When in doubt it does: a word that is not known is a reason to refuse, never to mail.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from digest.subscribers.rules.header_names import ALLOWED, BARRED, BARS, STATUS, squeezed

UNKNOWN = "unknown status"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FINE = _words(
    "active activated subscribed subscriber enabled confirmed verified valid deliverable optin "
    "optedin doubleoptin regular premium gifted trialed unpaid paid free comped comp "
    "complimentary member normal current ok yes y true t on x 1 granted given allowed aktiv "
    "angemeldet abonniert bestätigt bestaetigt ja oui si sí abonné"
)
_NOTHING = _words(
    "no n false f off 0 none null nil nan na never nein non nunca nie subscribed active enabled "
    "00 00000000 00000000000000 00010101t000000z"  # the last three: no date, in databases
)
_WORDS = {
    "unsubscribed": "unsubscribed unsubscribe unsub optout optedout left cancelled canceled former "
    "nomail no n false f off 0 abgemeldet ausgetragen nein non désabonné desinscrit désinscrit",
    "bounced": "bounced bounce hardbounce hardbounced softbounced softbounce cleaned invalid "
    "undeliverable undelivered unreachable failed dead bybounces",
    "blocklisted": "blocklisted blacklisted blocked banned suppressed spammy rejected gesperrt "
    "denied abuse",
    "complained": "complained complaint spam spamcomplaint markedasspam reported abusereport",
    "never confirmed": "unconfirmed notconfirmed pending unactivated unverified nonsubscribed "
    "notsubscribed transactional requested waiting validating confirming needsconfirmation",
    "paused": "paused onhold hold snoozed suspended vacation byuser bymoderator",
    "deleted or disabled": "deleted removed disabled deactivated inactive archived expired inaktiv "
    "churned gelöscht needsattention",
}
_REASONS = {word: reason for reason, words in _WORDS.items() for word in words.split()}
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"\s*(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{10,}"  # 2024-05-01, 1.5.2024, seconds since 1970
    r"|(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(?:\d{1,2}\.? +)?"
    rf"(?:{_MONTHS})[a-z]*\.? +\d{{1,4}}(?:,? +\d{{4}})?)"  # Wed, 1 May 2024; May 1, 2024
    r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?\s*(?:[ap]m)?"  # a time, or none
    r"\s*(?:Z|[+-]\d{2}:?\d{2})?\s*(?:UTC|GMT|CES?T)?\s*",
    re.IGNORECASE,
)
# What databases write for no date: year 0, year 1, the beginnings of Unix and of spreadsheets.
_NO_DATE = re.compile(
    r"\s*(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}|0001[-/.]0?1[-/.]0?1|0?1[-/.]0?1[-/.]0001|0{10,}"
    r"|1970[-/.]0?1[-/.]0?1|0?1[-/.]0?1[-/.]1970|1899[-/.]12[-/.]3[01]|3[01][-/.]12[-/.]1899"
    r"|12[-/.]3[01][-/.]1899)"
)
_DASHES = frozenset("-\u2013\u2014./")
_LONGEST_SAID = 60


class Bar(NamedTuple):
    """Why somebody must not be mailed. kind: for counting, of a small number of words."""

    kind: str
    text: str


def bar(column: str, use: str, cell: str, fine: Collection[str] = ()) -> Bar | None:
    """Return why a cell of a column bars its reader; None when it does not.

    use: STATUS, ALLOWED or BARRED; fine: words that are fine beside the usual ones.
    """
    word = squeezed(cell)
    if _is_odd(word, cell):
        kind = UNKNOWN
    elif use == STATUS:
        kind = _of_status(word, fine)
    elif use == ALLOWED:
        kind = _of_permission(word, cell)
    elif use == BARRED:
        kind = "" if not word or word in _NOTHING else BARS.get(squeezed(column), "barred")
    else:
        raise ValueError(f"a column that is {use!r} bars nobody")
    return Bar(kind, _text(kind, column, cell)) if kind else None


def _is_odd(word: str, cell: str) -> bool:
    """Tell whether a cell says something without a word, such as a tick, or is below zero."""
    text = cell.strip()
    if not word:
        return not _DASHES.issuperset(text)
    return text[0] in _DASHES and word.isdigit()


def _of_status(word: str, fine: Collection[str]) -> str:
    if not word or word in _FINE or word in fine:
        return ""
    return _REASONS.get(word, UNKNOWN)


def _of_permission(word: str, cell: str) -> str:
    if word in _FINE or (_DATE.fullmatch(cell) and not _NO_DATE.match(cell)):
        return ""
    if not word or word in _NOTHING:
        return "not subscribed"
    return _REASONS.get(word, UNKNOWN)


def _text(kind: str, column: str, cell: str) -> str:
    said = f"{column!r} is {cell.strip()[:_LONGEST_SAID]!r}"
    if kind == UNKNOWN:
        return (
            f"it is not known whether they may be mailed: {said} (ignore the column if it says "
            "something else)"
        )
    return f"must not be mailed, {kind}: {said}"
