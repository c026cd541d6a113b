"""What the readers of all providers share: events without trust in their shape, made feedback.

An event that is none of bounce or complaint is passed over; one that cannot be read costs itself.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest.bounces.rules.classification import classify, status_in
from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.ground.tokens.claims import Claim
from digest.model import Feedback, FeedbackKind
from digest.render.headers import message_id
from digest.subscribers.rules.addresses import normalise

Identify = Callable[[str], Claim | None]  # whose token an address has, if it is one of ours
Event = Mapping[str, Any]
MOST_EVENTS = 10_000  # of one request
_LARGEST_ID = 2**31 - 1  # that the database holds
_MESSAGE_ID = re.compile(r"<?((\d{4})(\d\d)(\d\d)\.(\d{1,10})\.[0-9a-f]{24}@([^<>\s@]{1,255}))>?")


@dataclass(frozen=True, slots=True)
class Events:
    """What one request holds. passed_over: events of other kinds. unreadable: why, one by one."""

    feedback: tuple[Feedback, ...] = ()
    passed_over: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider says of one mail.

    event_id: tells this event from every other of the provider. address: to whom the mail was.
    status: the enhanced status code. words: what the receiving server said, or the provider.
    our_id: the Message-ID that it names, if it does. return_path: the envelope sender, likewise.
    """

    kind: FeedbackKind
    event_id: str
    address: str
    status: str = ""
    words: str = ""
    our_id: str = ""
    return_path: str = ""


def collect(events: Iterable[object], read: Callable[[Event], Iterable[Feedback]]) -> Events:
    """Read events one by one. read: yields the feedback of one; InputError when it makes no sense.

    InputError when there are more than MOST_EVENTS.
    """
    feedback: list[Feedback] = []
    unreadable, passed_over = [], 0
    for number, event in enumerate(events, 1):
        if number > MOST_EVENTS:
            raise InputError(f"There are more than {MOST_EVENTS:,} events.")
        try:
            found = list(read(as_object(event, "the event")))
        except InputError as exc:
            unreadable.append(f"event {number}: {exc}")
            continue
        feedback += found
        passed_over += not found
    return Events(tuple(feedback), passed_over, tuple(unreadable))


def feedback_of(source: str, said: Said, identify: Identify) -> Feedback:
    """Return a provider's word as feedback; InputError when it names nobody, or has no id.

    Whose mail it was: as the return path tells; else whom the address is of, which `recording`
    finds. A Message-ID can be made by whoever has seen one, so it tells the edition, and the reader
    only where there is no address.
    """
    if not said.event_id:
        raise InputError("it has no id of its own")
    claim = identify(said.return_path) if said.return_path else None
    named = read_message_id(said.our_id)
    address = _address(said.address)
    reader = claim or (named if not address else None)
    if reader is None and not address:
        raise InputError("it names neither an address nor a mail of ours")
    mail = claim or named
    return Feedback(
        kind=said.kind,
        source=source,
        reference=f"{source}/{said.event_id}",
        subscriber_id=reader.subscriber_id if reader else None,
        edition=mail.edition if mail else None,
        address=address,
        trusted=True,
        status=said.status or status_in(said.words),
        words=said.words,
    )


def read_message_id(text: str) -> Claim | None:
    """Return whose digest a Message-ID is of; None when it is none of ours, or is altered."""
    found = _MESSAGE_ID.fullmatch(text.strip())
    if not found:
        return None
    whole, year, month, day, subscriber_id, domain = found.groups()
    try:
        edition = date(int(year), int(month), int(day))
    except ValueError:
        return None
    if int(subscriber_id) > _LARGEST_ID:
        return None
    is_ours = message_id(edition, int(subscriber_id), domain) == f"<{whole}>"
    return Claim(int(subscriber_id), edition) if is_ours else None


def by_words(code: int | None, status: str, words: str) -> FeedbackKind:
    """Return what a final failure means whose server's words the provider only passes on."""
    if code is None and not status and not words.strip():
        return FeedbackKind.HARD
    return classify(code, status, words)


def unless_blocked(kind: FeedbackKind, code: int | None, status: str, words: str) -> FeedbackKind:
    """Return the provider's verdict, unless the server's words are about us and not the reader."""
    if words and classify(code, status, words) is FeedbackKind.BLOCKED:
        return FeedbackKind.BLOCKED
    return kind


def parse_json(body: bytes) -> Any:
    """Read a body; InputError when it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("The body is not JSON.") from None


def as_object(value: object, what: str) -> Event:
    """Return an object of JSON; InputError for anything else."""
    if not isinstance(value, Mapping):
        raise InputError(f"{what} is not an object")
    return value


def inner(event: Event, name: str) -> Event:
    """Return the object under a name; empty when there is none."""
    value = event.get(name)
    return value if isinstance(value, Mapping) else {}


def text(event: Event, name: str) -> str:
    """Return the text or number under a name as one line of text; "" when there is none."""
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))[:2000]


def reply_code(event: Event, name: str) -> int | None:
    """Return the SMTP reply code under a name; None for what is none."""
    digits = text(event, name)
    is_code = len(digits) == 3 and digits.isascii() and digits.isdigit() and digits[0] in "45"
    return int(digits) if is_code else None


def is_time(stamp: str) -> bool:
    """Whether a text is a number of seconds since 1970."""
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12


def _address(given: str) -> str:
    """Return an address as we store it; "" for what is none."""
    try:
        return normalise(given)
    except InputError:
        return ""
