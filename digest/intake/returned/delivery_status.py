"""Read delivery status notifications (RFC 3464): what became of a mail, for each recipient."""

import re
from dataclasses import dataclass
from enum import StrEnum

from digest.intake.returned.fields import Fields, read_fields
from digest.intake.returned.mime_parts import Part

_KINDS = ("message/delivery-status", "message/global-delivery-status")  # RFC 6533 the latter
_BEGINNINGS = (b"reporting-mta:", b"original-envel")  # RFC 3464, section 2.2
_MOST_GROUPS = 100
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?![\d.])")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")


class Action(StrEnum):
    """What the mail server did (RFC 3464, section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What became of the mail to one recipient.

    address: the one we wrote to when the report tells, else where it ended. status: RFC 3463, empty
    when there is none. code: of the SMTP reply, when there was one. words: the diagnostic.
    forwarded: whether it failed at another address, to which ours passes its mail on.
    """

    address: str
    action: Action
    status: str
    code: int | None
    words: str
    forwarded: bool = False


def read_statuses(parts: list[Part]) -> list[RecipientStatus]:
    """Return what the delivery-status parts say, in their order; groups that say nothing go."""
    groups = [group for part in parts if _is_status(part) for group in _groups(part)]
    return [found for group in groups[:_MOST_GROUPS] if (found := _status(group))]


def find_status(text: str) -> str:
    """Return the first enhanced status code in a text that says more than its class."""
    found: list[str] = _STATUS.findall(text[:2000])
    return next((each for each in found if not each.endswith(".0.0")), found[0] if found else "")


def find_code(text: str) -> int | None:
    """Return the first SMTP reply code in a text; None when there is none."""
    found = _CODE.search(text[:2000])
    return int(found[1]) if found else None


def _is_status(part: Part) -> bool:
    """Some servers call it a plain text."""
    if part.kind in _KINDS:
        return True
    return part.kind == "text/plain" and part.octets.lstrip()[:14].lower() in _BEGINNINGS


def _groups(part: Part) -> list[Fields]:
    blocks = re.split(rb"\n[ \t]*\n", part.octets.strip(b"\n"), maxsplit=_MOST_GROUPS)
    return [read_fields(block.strip(b"\n") + b"\n") for block in blocks]


def _status(group: Fields) -> RecipientStatus | None:
    """Read a group; None for that of the whole message, and for an action that nobody defined."""
    diagnostic = group.get("diagnostic-code")
    status = find_status(group.get("status"))
    if (not status or status.endswith(".0.0")) and (better := find_status(diagnostic)):
        status = better
    action = _action(group.get("action"), status)
    names = (group.get("original-recipient"), group.get("final-recipient"))
    addresses = [address for name in names if (address := _address(name))]
    if action is None or not (addresses or group.get("action")):
        return None
    kind, _, words = diagnostic.rpartition(";")
    code = find_code(words) if "smtp" in kind.lower() or not kind else None
    forwarded = len({address.lower() for address in addresses}) > 1
    return RecipientStatus((addresses or [""])[0], action, status, code, words.strip(), forwarded)


def _action(text: str, status: str) -> Action | None:
    """Some servers write comments behind it, `error` for `failed`, or leave it out."""
    word = text.lower().strip()
    if word.startswith(("fail", "error", "undeliver")) or (not word and status[:1] == "5"):
        return Action.FAILED
    return next((action for action in Action if word.startswith(action.value)), None)


def _address(text: str) -> str:
    """Return the address of a field such as `rfc822; ann@example.org`, its xtext undone."""
    kind, found, address = text.partition(";")
    address = (address if found else kind).strip().strip("<>").strip()
    if "+" in address and found and _looks_encoded(address):
        address = _XTEXT.sub(lambda match: chr(int(match[1], 16)), address)
    return address if "@" in address and " " not in address else ""


def _looks_encoded(address: str) -> bool:
    """Whether each plus begins a printable character of xtext (RFC 3461, section 4)."""
    pluses = address.count("+")
    codes = [int(code, 16) for code in _XTEXT.findall(address)]
    return len(codes) == pluses and all(code in (0x2B, 0x3D) or code > 0x7E for code in codes)
