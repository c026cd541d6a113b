"""How the sink misbehaves on demand: rules, as values or as one line of text each.

    [PATTERN] [every N] [first N] [after N] [share P [seed S]] [at STEP]: ACTION

    full@example.org: 452 4.2.2 mailbox full        refuse one recipient
    *@busy.example at dot: 451 4.3.2 try later      refuse after the final dot
    every 10 at stored: drop                        keep each tenth message, never say so
    first 1: 450 4.2.0 greylisted                   refuse every recipient once
    share 5% seed 7 at mail: 421 4.3.2 too busy     one draw in twenty, the same on every run
    after 100 at mail: 421 4.7.0 enough for now     at most 100 messages a connection
    at any: wait 0.05                               a slow server

A 421 also closes the connection (RFC 5321, section 3.8). All conditions of a rule must hold. Rules
are asked in order; waits add up, and the first other action is carried out. See docs/use/sink.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from digest.errors import InputError

_REPLY = re.compile(r"[45][0-5][0-9] [^\r\n]*\S")
_EXAMPLE = "for example: full@example.org: 452 4.2.2 mailbox full"


class Step(StrEnum):
    """Where in a conversation a rule acts; text rules name it after `at`."""

    ANY = "any"  # before every reply
    CONNECT = "connect"  # instead of the greeting
    MAIL = "mail"  # the pattern is compared with the sender, elsewhere with the recipients
    RCPT = "rcpt"
    DATA = "data"  # the command; the message has not begun
    BODY = "body"  # the first line of the message has come
    DOT = "dot"  # the whole message has come, and nothing of it is stored
    STORED = "stored"  # the message is stored; only the final reply is missing


class Act(StrEnum):
    """What a rule does."""

    REPLY = "reply"
    DROP = "drop"
    HANG = "hang"
    WAIT = "wait"


_POSSIBLE = {
    Step.ANY: {Act.WAIT},
    Step.BODY: {Act.DROP, Act.HANG},
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do, at which step, for whom and when; InputError when that makes no sense.

    reply:   the 4xx or 5xx line to answer, for Act.REPLY. seconds: how long, for Act.WAIT.
    pattern: an address with `*` and `?`, upper and lower case alike.
    every:   only each n-th occasion on which the other conditions up to here hold.
    first:   only the first n times for each address; 0 is always.
    after:   only on connections that have carried so many messages.
    share:   only for this part of the occasions, in (0, 1]; drawn from `seed`, the address and
             how often it came, so that neither order nor concurrency changes who is hit.
    """

    act: Act
    step: Step = Step.RCPT
    pattern: str = "*"
    reply: str = ""
    seconds: float = 0.0
    every: int = 1
    first: int = 0
    after: int = 0
    share: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.act is Act.REPLY:
            check_reply(self.reply)
        if self.act not in _POSSIBLE.get(self.step, set(Act)):
            raise InputError(f"A rule cannot {self.act} at {self.step}.", hint=_EXAMPLE)
        if self.step in (Step.ANY, Step.CONNECT) and self.pattern != "*":
            raise InputError(f"At {self.step} no address is known: leave {self.pattern!r} out.")
        if not (self.every >= 1 and self.first >= 0 and self.after >= 0 and 0 < self.share <= 1):
            raise InputError("A rule needs every >= 1, first and after >= 0, 0 < share <= 1.")
        if not 0 <= self.seconds < float("inf"):
            raise InputError("A rule waits for a number of seconds, 0 or more.")

    def matches(self, address: str) -> bool:
        """Say whether the rule is about this address."""
        return fnmatchcase(address.lower(), self.pattern.lower())


def check_reply(text: str) -> str:
    """Return the reply line; InputError unless it is a 4xx or 5xx code, a blank and some text."""
    if not _REPLY.fullmatch(text):
        raise InputError(
            f"Not a refusal: {text!r}. A reply is a 4xx or 5xx code and a text.",
            hint="for example: 452 4.2.2 mailbox full",
        )
    return text


def parse_rule(text: str) -> Rule:
    """Read one rule; InputError says what is wrong with it and shows a right one."""
    condition, colon, action = text.partition(":")
    if not colon:
        raise InputError(f"Rule without a colon: {text!r}", hint=_EXAMPLE)
    return Rule(**_parse_action(action.strip()), **_parse_conditions(condition.split()))


def _parse_action(text: str) -> dict[str, Any]:
    match text.split():
        case ["drop"]:
            return {"act": Act.DROP}
        case ["hang"]:
            return {"act": Act.HANG}
        case ["wait", seconds]:
            return {"act": Act.WAIT, "seconds": _convert("wait", seconds, float)}
        case [code, *_] if code.isdecimal():
            return {"act": Act.REPLY, "reply": text}
        case _:
            raise InputError(
                f"Unknown action {text!r}: use a reply, `drop`, `hang` or `wait SECONDS`.",
                hint=_EXAMPLE,
            )


def _parse_conditions(words: list[str]) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "at": ("step", Step),
        "every": ("every", int),
        "first": ("first", int),
        "after": ("after", int),
        "share": ("share", _fraction),
        "seed": ("seed", int),
    }
    found: dict[str, Any] = {}
    if words and words[0] not in readers:
        found["pattern"] = words.pop(0)
    while words:
        word = words.pop(0)
        if word not in readers or not words:
            raise InputError(f"Cannot read {word!r}: use {', '.join(readers)}.", hint=_EXAMPLE)
        name, read = readers[word]
        found[name] = _convert(word, words.pop(0), read)
    return found


def _convert(word: str, value: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(value)
    except ValueError:
        choice = f": {', '.join(Step)}" if word == "at" else ""
        raise InputError(f"Cannot read `{word} {value}`{choice}.", hint=_EXAMPLE) from None


def _fraction(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)
