"""Read RSS 2.0, RSS 1.0 and Atom (RFC 4287) as they occur: bytes in, items out.

A feed is read strictly. If it is not well-formed, it is mended (`mending`) and read strictly again,
item by item: nothing is dropped in silence. Document types are not read, but for names of a few
characters; files and the network are left alone. So no answer can blow itself up or look around.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from digest.errors import DumpError
from digest.sources.kinds.charset import decode
from digest.sources.kinds.xml_feeds.elements import name_of, split
from digest.sources.kinds.xml_feeds.items import Item, read_item
from digest.sources.kinds.xml_feeds.mending import ITEMS, mend

__all__ = ["Feed", "Item", "read_feed"]

MOST_ITEMS = 20_000  # of one feed; the rest is left out
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|rdf|feed)(?=[\s/>])", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s{1,9}([\w.-]{1,40})\s{1,9}[\"']([^\"'<&%]{0,16})[\"']\s{0,9}>")
_MOST_ENTITIES = 300
_NAMED = re.compile(r"&([\w.-]{1,40});")
_MOST_ROOTS = 100  # that are looked at, where a comment names some


@dataclass(frozen=True, slots=True)
class Feed:
    """Items in their order, and the head of the feed. total: of the whole search, if it is said."""

    items: tuple[Item, ...]
    head: Item
    total: int


def read_feed(body: bytes, charset: str = "", address: str = "") -> Feed:
    """Return the content of a feed; DumpError for anything else, or for a part of a feed.

    charset: of the Content-Type. address: where the feed was fetched.
    What stands before the root element or behind its end is nothing of the feed.
    """
    text = decode(body, charset)
    begin = _begin(text)
    text = _replace_entities(text[begin:], text[:begin])
    try:
        root = _parse(text, address)
    except etree.XMLSyntaxError:
        return _read_mended(text, address)
    head, base = _head(root, address)
    return _feed([read_item(one, base) for one in islice(_items(root), MOST_ITEMS)], head)


def _begin(text: str) -> int:
    """Return where the root element begins, which may come after anything."""
    for found in islice(_ROOT.finditer(text), _MOST_ROOTS):
        before = text.rfind("<!--", 0, found.start())
        if before < 0 or text.find("-->", before, found.start()) > 0:
            return found.start()
    raise DumpError("the answer is neither an RSS nor an Atom feed")


def _replace_entities(text: str, prolog: str) -> str:
    """Replace the names that a document type gives to a few characters, and no others."""
    known = islice(_ENTITY.finditer(prolog), _MOST_ENTITIES)
    declared = {str(found[1]): str(found[2]) for found in known}
    if not declared:
        return text
    return _NAMED.sub(lambda found: declared.get(found[1], found[0]), text)


def _read_mended(text: str, address: str) -> Feed:
    mended = mend(text)
    try:
        head, base = _head(_parse(mended.about, address), address)
    except etree.XMLSyntaxError as exc:
        raise DumpError(f"the answer is not XML: {str(exc)[:200]}") from None
    documents = mended.items[:MOST_ITEMS]
    return _feed([_mended_item(document, address, base) for document in documents], head)


def _mended_item(document: str, address: str, base: str) -> Item:
    if not document:
        return Item(problem="the item has no end")
    try:
        (element,) = _items(_parse(document, address))
    except etree.XMLSyntaxError as exc:
        return Item(problem=f"the item is not well-formed: {exc.msg}"[:200])
    except ValueError:
        return Item(problem="the item is not well-formed")
    return read_item(element, base)


def _parse(text: str, address: str) -> etree._Element:
    """Return the root element of a document that is well-formed; XMLSyntaxError for any other."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(text.encode("utf-8", "replace"), parser, base_url=address)


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the items, which may be anywhere but in another."""
    own = split(str(root.tag))[0]
    for element in root.iter(etree.Element):
        if name_of(element, own) in ITEMS:
            around = (split(str(one.tag))[1] for one in element.iterancestors())
            if not any(name in ITEMS for name in around):
                yield element


def _head(root: etree._Element, address: str) -> tuple[Item, str]:
    """Return what a feed says of itself, and where relative addresses of its items begin.

    That is the page of the channel; Atom does not know this rule (RFC 4287, section 2).
    """
    channel = next((one for one in root if split(str(one.tag))[1] == "channel"), root)
    head = read_item(channel, address)
    return head, address if channel is root else head.link or address


def _feed(items: list[Item], head: Item) -> Feed:
    total = head.raw("opensearch:totalresults")
    known = total.isascii() and total.isdigit() and len(total) < 10
    return Feed(tuple(items), head, int(total) if known else 0)
