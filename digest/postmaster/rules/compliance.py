"""Read the compliance status of a domain, as version 2 of the Postmaster Tools API returns it.

{"complianceData": {"domainId": ..., "rowData": [{"requirement": "SPF", "status": {"status":
"COMPLIANT"}}, ...], "oneClickUnsubscribeVerdict": {"status": {...}, "reason": ...},
"honorUnsubscribeVerdict": {...}}, "subdomainComplianceData": {...}}
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from digest.errors import InputError

MOST_REQUIREMENTS = 50  # Google names eleven
_WORD = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_VERDICTS = {
    "oneClickUnsubscribeVerdict": "ONE_CLICK_UNSUBSCRIBE",
    "honorUnsubscribeVerdict": "HONOR_UNSUBSCRIBE",
}


class State(StrEnum):
    """Whether a requirement is met. Without enough mail Gmail says nothing."""

    COMPLIANT = "compliant"
    NEEDS_WORK = "needs_work"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Gmail says of one requirement, both named in its own words.

    requirement: such as "HONOR_UNSUBSCRIBE". reason: why it is not met; often empty.
    """

    requirement: str
    state: State
    reason: str = ""


class KeptVerdict(NamedTuple):
    """A verdict as it was when Gmail was last asked. since: when this state was first seen."""

    domain: str
    requirement: str
    state: State
    reason: str
    since: datetime
    at: datetime


def read_compliance(body: bytes) -> list[Verdict]:
    """Read the answer: the verdicts by requirement, those of the subdomain where there are any.

    InputError when it is no compliance status. An unknown requirement is kept as it is called.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("The answer of Postmaster Tools is not JSON.") from None
    if not isinstance(answer, Mapping) or "name" not in answer:
        raise InputError("The answer of Postmaster Tools is no compliance status.")
    found: dict[str, Verdict] = {}
    for part in ("complianceData", "subdomainComplianceData"):
        for verdict in _verdicts(_object(answer, part)):
            if verdict.requirement not in found or verdict.state is not State.UNKNOWN:
                found[verdict.requirement] = verdict
    return [found[name] for name in sorted(found)][:MOST_REQUIREMENTS]


def _verdicts(data: Mapping[str, Any]) -> Iterator[Verdict]:
    """Yield what the rows say, then the verdicts that give a reason too."""
    rows = data.get("rowData")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and (name := _word(row, "requirement")):
            yield Verdict(name, _state(row))
    for key, name in _VERDICTS.items():
        if verdict := _object(data, key):
            reason = _word(verdict, "reason")
            yield Verdict(name, _state(verdict), "" if reason == "REASON_UNSPECIFIED" else reason)


def _state(holder: Mapping[str, Any]) -> State:
    word = _word(_object(holder, "status"), "status").lower()
    return State(word) if word in set(State) else State.UNKNOWN


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _word(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
