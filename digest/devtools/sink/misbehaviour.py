"""Decides, from rules and from what it has seen so far, how the sink misbehaves."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from digest.devtools.sink.rules import Act, Rule, Step, check_reply


class Misbehaviour:
    """Rules and what they have seen so far. Used by one thread, the sink's own.

    replies: recipient -> reply at RCPT, asked before the rules; may be replaced at any time.
    """

    def __init__(self, rules: Iterable[Rule] = (), replies: Mapping[str, str] | None = None):
        self.rules = tuple(rules)
        self.replies = replies or {}
        self._occasions: list[Counter[str]] = [Counter() for _ in self.rules]
        self._totals = [0] * len(self.rules)

    @property
    def replies(self) -> Mapping[str, str]:
        """Recipient in lower case -> reply at RCPT."""
        return self._replies

    @replies.setter
    def replies(self, replies: Mapping[str, str]) -> None:
        self._replies = {to.lower(): check_reply(reply) for to, reply in replies.items()}

    def actions(self, step: Step, addresses: Sequence[str], *, carried: int) -> list[Rule]:
        """Return the rules to carry out now, in order; each call counts as one occasion.

        addresses: whom the step is about; [""] at CONNECT and ANY, where nobody is known.
        carried:   messages that this connection has brought so far.
        """
        if step is Step.RCPT and (reply := self._replies.get(addresses[0].lower())):
            return [Rule(Act.REPLY, reply=reply)]
        return [
            rule
            for place, rule in enumerate(self.rules)
            if rule.step is step and self._fires(place, rule, addresses, carried)
        ]

    def _fires(self, place: int, rule: Rule, addresses: Sequence[str], carried: int) -> bool:
        address = next((each.lower() for each in addresses if rule.matches(each)), None)
        if address is None or carried < rule.after:
            return False
        self._totals[place] += 1
        self._occasions[place][address] += 1
        times = self._occasions[place][address]
        return (
            self._totals[place] % rule.every == 0
            and (not rule.first or times <= rule.first)
            and (rule.share == 1 or _draw(rule.seed, address, times) < rule.share)
        )


def _draw(seed: int, address: str, times: int) -> float:
    """A number in [0, 1) that depends on its arguments only."""
    name = f"{seed}\0{address}\0{times}".encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.sha256(name).digest()[:6], "big") / 2**48
