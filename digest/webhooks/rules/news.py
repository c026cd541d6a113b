"""Decide which events other systems are told of, and what they are told."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

_SUBSCRIBED = ("active", "paused")  # states in which somebody gets mail, or would


class News(StrEnum):
    """The type of a message; the first part is what it is about."""

    READER_SUBSCRIBED = "reader.subscribed"
    READER_LEFT = "reader.left"
    READER_BOUNCED = "reader.bounced"
    READER_ERASED = "reader.erased"
    EDITION_OPENED = "edition.opened"
    EDITION_SENT = "edition.sent"
    EDITION_PAUSED = "edition.paused"
    EDITION_RESUMED = "edition.resumed"
    EDITION_CANCELLED = "edition.cancelled"
    TEST = "webhook.test"


MEANINGS = {
    News.READER_SUBSCRIBED: "a reader confirmed, was imported with consent, or took leaving back",
    News.READER_LEFT: "a reader unsubscribed, or was suppressed by the operator or a list",
    News.READER_BOUNCED: "a reader was suppressed because mail bounced or was called spam",
    News.READER_ERASED: "a reader was erased: forget what you hold of them",
    News.EDITION_OPENED: "an edition with new papers was frozen",
    News.EDITION_SENT: "all mail of an edition that was planned so far is settled",
    News.EDITION_PAUSED: "nothing more of an edition is sent until it goes on",
    News.EDITION_RESUMED: "a paused edition goes on",
    News.EDITION_CANCELLED: "nothing more of an edition is ever sent",
}  # what a webhook may ask for, and when it is told


class Told(NamedTuple):
    """What a message tells beside its time: its type, and its data as JSON values."""

    news: News
    data: dict[str, Any]


class Recorded(NamedTuple):
    """An event of a reader as their record has it: its kind in a word, and its detail."""

    kind: str
    detail: Mapping[str, Any]


def of_reader(reader: int, event: Recorded, undone: Recorded | None = None) -> Told | None:
    """Return what is told of an event of a reader; None when it concerns nobody else.

    Erasing is told by `of_erasure`: an event does not say whether anybody was told of them.

    undone: the event that an event "undone" took back. Whoever was not subscribed does not leave.
    """
    detail = event.detail
    was_subscribed = detail.get("from", "active") in _SUBSCRIBED
    match event.kind:
        case "confirmed":
            return Told(News.READER_SUBSCRIBED, {"reader": reader, "how": "confirmed"})
        case "undone" if undone is not None and undone.kind in ("unsubscribed", "suppressed"):
            if undone.detail.get("from", "active") in _SUBSCRIBED:
                return Told(News.READER_SUBSCRIBED, {"reader": reader, "how": "taken back"})
        case "unsubscribed" if was_subscribed:
            return Told(News.READER_LEFT, {"reader": reader, "how": "unsubscribed"})
        case "suppressed" if was_subscribed and detail.get("kind"):
            return Told(News.READER_BOUNCED, {"reader": reader, "how": str(detail["kind"])})
        case "suppressed" if was_subscribed:
            return Told(News.READER_LEFT, {"reader": reader, "how": "suppressed"})
    return None


def of_erasure(reader: int) -> Told:
    """Return what is told of a reader who was erased."""
    return Told(News.READER_ERASED, {"reader": reader})


def of_edition(news: News, day: date, **more: Any) -> Told:
    """Return what is told of an edition. more: JSON values."""
    return Told(news, {"edition": day.isoformat(), **more})


def body(told: Told, at: datetime, address: str = "") -> bytes:
    """Return the payload of a message, the same bytes each time (Standard Webhooks, "Payload").

    at: when it happened. address: the reader's, where the webhook asks for it.
    """
    data = told.data | ({"address": address} if address else {})
    payload = {"type": told.news.value, "timestamp": stamp(at), "data": data}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def stamp(at: datetime) -> str:
    """Return a moment as payloads have it: ISO 8601 in UTC, such as 2026-11-30T06:00:00Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
