"""Feeds as bytes: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1.

Authors are `author` in Atom (section 4.2.1) and `authors` in JSON Feed. RSS wants a mail address
in its `author`, so there they are `dc:creator` of the Dublin Core, one element each.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

_ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One paper. id: a tag URI that never changes (RFC 4151). at: when it was last listed.

    authors: their names; empty if unknown.
    """

    id: str
    title: str
    url: str
    summary: str
    at: datetime
    authors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. id: a tag URI that never changes. url: its own address. page: the same for people."""

    id: str
    title: str
    url: str
    page: str
    at: datetime
    items: Sequence[Item]


def atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    root = Element("feed", xmlns=_ATOM)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", feed.at.isoformat())
    SubElement(root, "link", rel="self", type="application/atom+xml", href=feed.url)
    SubElement(root, "link", rel="alternate", type="text/html", href=feed.page)
    _add(SubElement(root, "author"), "name", feed.title)
    for item in feed.items:
        entry = SubElement(root, "entry")
        _add(entry, "id", item.id)
        _add(entry, "title", item.title)
        _add(entry, "updated", item.at.isoformat())
        for name in item.authors:
            _add(SubElement(entry, "author"), "name", name)
        SubElement(entry, "link", rel="alternate", href=item.url)
        _add(entry, "summary", item.summary)
    return _bytes(root)


def rss(feed: Feed) -> bytes:
    """Return the feed as RSS 2.0; its descriptions are HTML, so the text is escaped twice."""
    root = Element("rss", {"version": "2.0", "xmlns:dc": _DUBLIN_CORE})
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.page)
    _add(channel, "description", feed.title)
    _add(channel, "lastBuildDate", format_datetime(feed.at))
    for item in feed.items:
        entry = SubElement(channel, "item")
        _add(entry, "title", item.title)
        _add(entry, "link", item.url)
        _add(entry, "description", _escaped(item.summary))
        _add(entry, "pubDate", format_datetime(item.at))
        for name in item.authors:
            _add(entry, "dc:creator", name)
        SubElement(entry, "guid", isPermaLink="false").text = item.id
    return _bytes(root)


def json_feed(feed: Feed) -> bytes:
    """Return the feed as JSON Feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "items": [_json_item(item) for item in feed.items],
    }
    return json.dumps(document, ensure_ascii=True).encode()


def _json_item(item: Item) -> dict[str, Any]:
    authors = [{"name": name} for name in item.authors]
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_text": item.summary,
        "date_published": item.at.isoformat(),
        **({"authors": authors} if authors else {}),
    }


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NOT_XML.sub("", text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bytes(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
