"""Say what one item of a feed is: its texts, its addresses, its dates and its authors."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import etree

from digest.sources.kinds import authors
from digest.sources.kinds.charset import mend_controls
from digest.sources.kinds.xml_feeds.elements import name_of, split
from digest.sources.kinds.xml_feeds.markup import is_block, plain
from digest.sources.kinds.xml_feeds.mending import ITEMS

_XML = "{http://www.w3.org/XML/1998/namespace}"
_ATOM = ("http://www.w3.org/2005/atom", "http://purl.org/atom/ns#")
_HTML = ("html", "text/html")
_UNSEEN = ("script", "style")
_GROUPS = ("media:group", "media:content")
_MOST = 200  # texts of one name in an item
# In the order in which they say when an item is from.
_DATES = (
    *("published", "pubdate", "dc:date", "dcterms:issued", "dcterms:date", "date", "issued"),
    *("prism:publicationdate", "prism:coverdate", "dcterms:available", "dcterms:created"),
    *("created", "updated", "modified", "dcterms:modified", "lastbuilddate"),
)
_PEOPLE = ("dc:creator", "creator", "dcterms:creator", "dc:author", "itunes:author")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of an element as the feed has it. html: it is a piece of HTML, and not text."""

    raw: str
    html: bool

    @property
    def plain(self) -> str:
        """The text itself."""
        return plain(self.raw) if self.html else self.raw


@dataclass(frozen=True, slots=True)
class Item:
    """An item, or the head of a feed.

    texts: by the name of their element (`elements.name_of`), those that are not empty, in their
    order. link: the absolute address of its page; empty if it names none. problem: why nothing of
    it can be used.
    """

    texts: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    link: str = ""
    authors: tuple[str, ...] = ()
    problem: str = ""

    def raw(self, *names: str) -> str:
        """Return the first text under these names, as the feed has it."""
        return next((text.raw for text in self._under(names)), "")

    def plain(self, *names: str) -> str:
        """Return the first text under these names, freed of HTML."""
        return next((found for text in self._under(names) if (found := text.plain)), "")

    def longest(self, *names: str) -> str:
        """Return the longest text under these names, freed of HTML."""
        return max((text.plain for text in self._under(names)), key=len, default="")

    def all(self, *names: str) -> tuple[str, ...]:
        """Return every text under these names, as the feed has it."""
        return tuple(text.raw for text in self._under(names))

    @property
    def dates(self) -> tuple[str, ...]:
        """All that is written about when it was published, the most telling first."""
        return self.all(*_DATES)

    def _under(self, names: tuple[str, ...]) -> Iterator[Text]:
        for name in names:
            yield from self.texts.get(name, ())


def read_item(element: etree._Element, base: str) -> Item:
    """Return what an item says. base: where relative addresses begin, unless it says otherwise."""
    own, is_atom = split(str(element.tag))[0], _is_atom(element)
    named = [(name_of(child, own), child) for child in element.iterchildren(etree.Element)]
    children = [(name, child) for name, child in named if name not in (*ITEMS, *_GROUPS)]
    for name, group in named:
        if name in _GROUPS:
            children += [(name_of(one, own), one) for one in group.iterchildren(etree.Element)]
    # An element of the item's own kind goes before one of another feed format, as atom:link in RSS.
    children.sort(key=lambda one: ":" not in one[0] and split(str(one[1].tag))[0] != own)
    found: defaultdict[str, list[Text]] = defaultdict(list)
    for name, child in children:
        text = _text(child, is_atom=is_atom and ":" not in name, html=not is_atom)
        if text.raw and len(found[name]) < _MOST:
            found[name].append(text)
    texts = {name: tuple(several) for name, several in found.items()}
    return Item(texts, _link(element, children, texts, base), _authors(children, texts))


def _is_atom(item: etree._Element) -> bool:
    namespace, name = split(str(item.tag))
    return namespace in _ATOM or name in ("entry", "feed")


def _text(element: etree._Element, *, is_atom: bool, html: bool) -> Text:
    """Return the text of an element. In Atom its type says what it is (RFC 4287, section 3.1.1)."""
    kind = (element.get("type") or "text").lower().strip()
    raw = "".join(_pieces(element)) if len(element) else (element.text or "")
    if is_atom:
        html = kind in _HTML
        is_other = "/" in kind and not kind.startswith("text/") and "xml" not in kind
        if is_other or element.get("mode") == "base64":
            raw = _from_base64(raw)
    return Text(mend_controls(raw).strip(), html)


def _from_base64(raw: str) -> str:
    """Return the text in base64; empty if it is none: a picture, say."""
    try:
        return b64decode(raw).decode()
    except ValueError:
        return ""


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield the texts in their order, with a blank where a paragraph or a line ends."""
    for event, one in etree.iterwalk(element, events=("start", "end")):
        name = split(str(one.tag))[1]
        yield " " if is_block(name) and one is not element else ""
        if event == "start" and name not in _UNSEEN:
            yield one.text or ""
        elif event == "end" and one is not element:
            yield one.tail or ""


def _link(
    item: etree._Element,
    children: list[tuple[str, etree._Element]],
    texts: Mapping[str, tuple[Text, ...]],
    base: str,
) -> str:
    """Return the address of the item's page: RSS writes it as text, Atom in an attribute."""
    found = [texts["feedburner:origlink"][0].raw] if "feedburner:origlink" in texts else []
    for name, child in children:
        if name == "link" and (child.get("rel") or "alternate").lower() == "alternate":
            address = (child.get("href") or child.text or "").strip()
            found.append(resolve(address, _base(child, base)) if address else "")
    identity = [*texts.get("id", ())]
    for name, child in children:
        if name == "guid" and (child.get("ispermalink") or child.get("isPermaLink")) != "false":
            identity.append(Text((child.text or "").strip(), False))
    for name in ("identifier", "dc:identifier", "prism:url"):
        identity += texts.get(name, ())
    about = item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") or ""
    addresses = [text.raw for text in identity] + [about]
    found += [one for one in addresses if one.lower().startswith(("http://", "https://"))]
    return next(filter(None, found), "")


def _base(element: etree._Element, base: str) -> str:
    """Return where addresses in an element begin (XML Base); `base` if the feed does not say."""
    has_own = any(one.get(f"{_XML}base") for one in (element, *element.iterancestors()))
    return str(element.base or base) if has_own else base


def resolve(address: str, base: str) -> str:
    """Return an absolute address; as it is written where no base helps."""
    try:
        return urljoin(base, " ".join(address.split()))
    except ValueError:  # a bracket that opens no IPv6 address
        return address


def _authors(
    children: list[tuple[str, etree._Element]], texts: Mapping[str, tuple[Text, ...]]
) -> tuple[str, ...]:
    named = [
        part.text or ""
        for name, child in children
        for part in child
        if name == "author" and split(str(part.tag))[1] == "name"
    ]
    if not named:
        people = next((texts[name] for name in (*_PEOPLE, "author") if name in texts), ())
        whole = [text.plain for text in people]
        named = authors.split_names(whole[0]) if len(whole) == 1 else whole
    return authors.names(mend_controls(name) for name in named)
