"""Read a line of the log of leavers."""

import json
from datetime import date, datetime
from typing import Any

_GREATEST = 2**63  # ids are smaller


def parse(line: str) -> dict[str, Any] | None:
    """Return the entry of a line, as `store/leavers` makes them; None for what is none."""
    try:
        entry = json.loads(line)
        whole = isinstance(entry, dict) and datetime.fromisoformat(entry["at"]).tzinfo is not None
        return entry if whole and (_is_event(entry) or _is_suppression(entry)) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_event(entry: dict[str, Any]) -> bool:
    if "event" not in entry:
        return False
    if entry["kind"] == "paused":
        date.fromisoformat(entry["until"])
    numbers = entry["event"], entry["subscriber"]
    texts = entry["kind"], entry.get("reader", ""), entry.get("former", "")
    return all(type(one) is int and 0 <= one < _GREATEST for one in numbers) and all(
        isinstance(one, str) for one in texts
    )


def _is_suppression(entry: dict[str, Any]) -> bool:
    if "event" in entry:
        return False
    bytes.fromhex(entry.get("key", ""))
    return isinstance(entry["address_hash"], str)
