"""Read RSS 2.0, RSS 1.0 and Atom (RFC 4287) as they occur: bytes in, items out.

lxml reads what is not quite well-formed, and is told to leave entities and the network alone, so
that no answer can blow itself up or look at files. Names are compared without their namespaces:
feeds differ in those more than in what they say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from lxml import etree

from digest.errors import DumpError

_CUT_OFF = {"ERR_TAG_NOT_FINISHED", "ERR_DOCUMENT_END", "ERR_GT_REQUIRED", "ERR_LTSLASH_REQUIRED"}
_ITEMS = ("item", "entry")
_DATES = ("published", "pubdate", "date", "issued", "updated", "modified")
_TEXTS = ("encoded", "content", "summary", "description", "abstract")
_BLOCKS = ("p", "br", "div", "li", "td")  # of HTML; what is in two of them are two words
_ROOTS = ("rss", "rdf", "feed")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: the texts of its elements by name (small letters), the first of each name."""

    texts: dict[str, str]
    link: str

    def text(self, *names: str) -> str:
        """Return the first of these texts that exists."""
        return next((self.texts[name] for name in names if self.texts.get(name)), "")

    @property
    def longest_text(self) -> str:
        """The text that comes nearest to an abstract."""
        return max((self.texts.get(name, "") for name in _TEXTS), key=len)

    @property
    def day(self) -> date | None:
        """The day on which it was published, in UTC."""
        return read_day(self.text(*_DATES))


@dataclass(frozen=True, slots=True)
class Feed:
    """Items in their order. total: of the whole search, where the feed says it."""

    items: tuple[Item, ...]
    day: date | None
    total: int


def read_feed(body: bytes) -> Feed:
    """Return the content of a feed; DumpError for anything else, or for a part of a feed."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError, LookupError) as exc:
        raise DumpError(f"the answer is not XML: {str(exc)[:200]}") from None
    if root is None or _name(root) not in _ROOTS:
        raise DumpError("the answer is neither an RSS nor an Atom feed")
    closed = body.rstrip(b" \t\r\n\0").endswith(b">")  # NUL: the other half of it in UTF-16
    if not closed or any(error.type_name in _CUT_OFF for error in parser.error_log):
        raise DumpError("the feed is cut off")
    channel = next((one for one in root if _name(one) == "channel"), root)
    about = _texts(channel)
    total = about.get("totalresults", "")
    return Feed(
        tuple(Item(_texts(one), _link(one)) for one in root.iter() if _name(one) in _ITEMS),
        read_day(next((about[name] for name in (*_DATES, "lastbuilddate") if name in about), "")),
        int(total) if total.isascii() and total.isdigit() and len(total) < 10 else 0,
    )


def read_day(text: str) -> date | None:
    """Return the day of an RFC 3339 or RFC 822 date; None for anything else."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def plain(markup: str) -> str:
    """Return the text of a piece of HTML, without scripts and comments."""
    if "<" not in markup and "&" not in markup:
        return markup
    try:
        parser = etree.HTMLParser(remove_comments=True, no_network=True)
        root = etree.fromstring(f"<div>{markup}</div>", parser)
    except (etree.LxmlError, ValueError):
        return markup
    if root is None:
        return ""
    etree.strip_elements(root, "script", "style", with_tail=False)
    return " ".join("".join(_pieces(root)).split())


def _pieces(root: etree._Element) -> Iterator[str]:
    """Yield the texts in their order, with a blank where a paragraph or a line ends."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        yield " " if element.tag in _BLOCKS else ""
        yield (element.text if event == "start" else element.tail) or ""


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _texts(element: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in element:
        if (name := _name(child)) and name not in _ITEMS:
            found.setdefault(name, "".join(map(str, child.itertext())).strip())
    return found


def _link(item: etree._Element) -> str:
    """Return the address of the item's page: RSS writes it as text, Atom in an attribute."""
    best = ""
    for child in item:
        if _name(child) == "link":
            if child.get("rel", "alternate") == "alternate" and child.get("href"):
                return str(child.get("href"))
            best = best or (child.text or "").strip()
    return best
