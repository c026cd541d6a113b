"""Mend a feed that is not well-formed XML, so that nothing of it is lost without a word.

A parser that recovers by itself drops what it stumbles over: "&name", or all behind a "<". Here
what cannot be markup becomes text: a bare "&", a "<" that begins no tag, a tag without its partner.
The feed is taken apart, so that an item that is broken all the same costs only itself.
"""

import html.entities
import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape

from digest.errors import DumpError

ITEMS = ("item", "entry")
_TAG = re.compile(
    r"<(?P<end>/)?(?P<name>[^\W\d][\w.-]*+(?::[\w.-]++)?)"
    r"(?:\s++[^\s=<>\"'/]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+(?P<empty>/)?>"
)
_REFERENCE = re.compile(
    r"&(?:#(?P<decimal>\d{1,7});|#[xX](?P<hex>[\da-fA-F]{1,6});|(?P<name>[a-zA-Z][a-zA-Z\d]*+);)?"
)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_BLANKS = "\x0b\x0c\x1c\x1d\x1e\x1f"  # white space to us, and no characters to XML
_PREFIX = re.compile(r"(?:^</?|\s)(?!xml)([^\W\d][\w.-]*+):[\w.-]++(?=[\s=/>])")
_DECLARATION = re.compile(r"\sxmlns:([\w.-]++)\s*+=")
_NAMESPACE = re.compile(r"(?<=\s)xmlns(?::[\w.-]++)?\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_LAST_TAG = re.compile(r"</[\w:.-]++\s*+$")
_AROUND = 2  # of the tags around an item, those of the root and of the channel count
NAMESPACES = {
    "arxiv": "http://arxiv.org/schemas/atom",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@dataclass(frozen=True, slots=True)
class Mended:
    """A feed in pieces, each a document of its own and, as far as that can be, well-formed.

    about: the feed without its items. items: each within the tags of root and channel; "" for one
    that has no end.
    """

    about: str
    items: tuple[str, ...]


def mend(text: str) -> Mended:
    """Return a feed in pieces; it begins with the first character of its root element.

    What follows the end of the root is left out. Raises DumpError when the root has no end.
    """
    end = ">" if _LAST_TAG.search(text[-100:]) else ""  # of which the last character is missing
    scan = _Scan(_FORBIDDEN.sub(_allowed, text) + end)
    scan.run()
    return scan.take_apart()


def _allowed(character: re.Match[str]) -> str:
    return " " if character[0] in _BLANKS else "\ufffd"


def _without_blanks(declaration: re.Match[str]) -> str:
    """Return the declaration of a namespace as an address, which no line break can be in."""
    name, _, address = declaration[0].partition("=")
    return f"{name.strip()}={''.join(address.split())}"


def _as_text(raw: str) -> str:
    """Return a part of a document as text of XML: bare ampersands and brackets are escaped."""
    return _REFERENCE.sub(_resolve, raw).replace("<", "&lt;").replace(">", "&gt;")


def _resolve(found: re.Match[str]) -> str:
    """Return a reference as XML knows it: HTML's names become what they name."""
    if name := found["name"]:
        known = html.entities.html5.get(f"{name};")
        return escape(known) if known else f"&amp;{name};"
    if found["decimal"] or found["hex"]:
        code = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
        character = chr(code) if code <= 0x10FFFF else "\ufffd"
        return escape(_FORBIDDEN.sub(_allowed, character))
    return "&amp;"


@dataclass
class _Scan:
    """One pass over the text, in linear time: `pieces` is what it becomes.

    tags: the start tags among the pieces, by place. open: the places of those without an end yet.
    spans: the places at which items begin and end, and whether they have their end tag.
    """

    text: str
    pieces: list[str] = field(default_factory=list)
    tags: dict[int, tuple[str, str]] = field(default_factory=dict)  # name, tag
    open: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    item: int | None = None
    spans: list[tuple[int, int, bool]] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    prefixes: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    endless: set[str] = field(default_factory=set)  # what begins and is never closed from here on

    def run(self) -> None:
        """Read up to the end of the root."""
        place = 0
        while place == 0 or self.open:
            begin = self.text.find("<", place)
            if begin < 0:
                raise DumpError("the feed is cut off")
            if place < begin:
                self.pieces.append(_as_text(self.text[place:begin]))
            place = self._read(begin)
            if 0 not in self.tags:
                raise DumpError("the answer is not XML: its first tag cannot be read")

    def take_apart(self) -> Mended:
        """Return the pieces, with the namespaces that the feed uses and does not declare."""
        missing = "".join(
            f' xmlns:{prefix}="{NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"'
            for prefix in sorted(self.prefixes - self.declared)
        )
        head = [self.tags[place] for place in self.around or [0]]
        root = head[0][1]
        mark = "/>" if root.endswith("/>") else ">"
        self.pieces[0] = root.removesuffix(mark) + missing + mark
        begin = self.pieces[0] + "".join(tag for _, tag in head[1:])
        end = "".join(f"</{name}>" for name, _ in reversed(head))
        items = ("".join(self.pieces[a:b]) if whole else "" for a, b, whole in self.spans)
        parts = tuple(f"{begin}{item}{end}" if item else "" for item in items)
        for first, last, _ in self.spans:
            self.pieces[first:last] = [""] * (last - first)
        return Mended("".join(self.pieces), parts)

    def _read(self, begin: int) -> int:
        """Read what begins with a "<"; return where it ends."""
        for start, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
            if start in self.endless or not self.text.startswith(start, begin):
                continue
            last = self.text.find(end, begin + len(start))
            if last < 0:
                self.endless.add(start)
                continue
            if start == "<![CDATA[":
                self.pieces.append(escape(self.text[begin + len(start) : last], quote=False))
            return last + len(end)
        if tag := _TAG.match(self.text, begin):
            self._tag(tag)
            return tag.end()
        self.pieces.append("&lt;")
        return begin + 1

    def _tag(self, tag: re.Match[str]) -> None:
        self.prefixes.update(_PREFIX.findall(tag[0]))
        self.declared.update(_DECLARATION.findall(tag[0]))
        if tag["end"]:
            self._end(tag)
            return
        name, place, start = tag["name"], len(self.pieces), _REFERENCE.sub(_resolve, tag[0])
        is_item = name.rpartition(":")[2].lower() in ITEMS
        if is_item and self.item is not None and self.tags[self.item][0] == name:
            self._close(name, place)  # the one before has no end
        self.tags[place] = (name, _NAMESPACE.sub(_without_blanks, start))
        self.pieces.append(self.tags[place][1])
        if is_item and self.item is None:
            self.around = self.around or self.open[:_AROUND]
            if tag["empty"]:
                self.spans.append((place, place + 1, True))
            else:
                self.item = place
        if not tag["empty"]:
            self.open.append(place)
            self.counts[name] += 1

    def _end(self, tag: re.Match[str]) -> None:
        name = tag["name"]
        if not self.counts[name]:
            self.pieces.append(_as_text(tag[0]))
            return
        is_items = self.item is not None and self.tags[self.item][0] == name
        place = self.item
        self._close(name, len(self.pieces), has_end=True)
        self.pieces.append(f"</{name}>")
        if is_items and place is not None and self.item is None:
            self.spans.append((place, len(self.pieces), True))

    def _close(self, name: str, here: int, *, has_end: bool = False) -> None:
        """Close the innermost element of a name; what was opened in it and not closed is text."""
        closed = ""
        while closed != name:
            place = self.open.pop()
            closed = self.tags[place][0]
            self.counts[closed] -= 1
            if place == self.item:
                self.item = None
                if closed != name or not has_end:
                    self.spans.append((place, here, False))
            elif closed != name:
                self.pieces[place] = _as_text(self.tags[place][1])
