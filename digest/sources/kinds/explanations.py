"""Find what the body of an error answer says to people."""

import json
from collections.abc import Mapping
from typing import Any

_NAMES = ("detail", "message", "error_description", "error", "title", "reason")  # RFC 9457, and so
_LONGEST = 200  # characters


def explanation(body: str) -> str:
    """Return the sentence in a body of JSON, or a short text; empty for a page or anything else."""
    try:
        found = _sentence(json.loads(body))
    except (ValueError, RecursionError):
        text = " ".join(body.split())
        found = text if len(text) <= _LONGEST and "<" not in text else ""
    return " ".join(found.split())[:_LONGEST]


def _sentence(value: Any, depth: int = 3) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and depth:
        found = (_sentence(value.get(name), depth - 1) for name in _NAMES)
        return next(filter(None, found), "")
    if isinstance(value, list) and value and depth:
        return _sentence(value[0], depth - 1)
    return ""
