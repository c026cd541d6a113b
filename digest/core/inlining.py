"""The style sheet of a mail, written into its elements: many mail programs read nothing else.

CSS 2.2, 6.4.1: of two declarations the important one counts, then the one with the more specific
selector, then the later one; what an element says itself beats all that is not important. What
only the reader's program can decide, such as `@media` and `:hover`, stays in the sheet.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from cssselect import HTMLTranslator, SelectorError
from cssselect import parse as parse_selectors
from lxml import etree

_STRING = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_COMMENT = re.compile(rf"({_STRING})|/\*.*?(?:\*/|\Z)", re.DOTALL)
# A string, what is in parentheses (an address may hold a semicolon), a sign that parts, the rest.
_PART = re.compile(rf"{_STRING}|\((?:{_STRING}|[^()\"'])*\)|[{{}};,]|[^{{}};,\"'(]+|.", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important$", re.IGNORECASE)
_BY_PLACE = re.compile(r":(?:first|last)-child\b")
_EVERYTHING = re.compile(r"(?:^|[\s>+~])\*")
_SHEETS_KEPT = 16  # the style blocks of a theme or two


class _Declaration(NamedTuple):
    name: str
    value: str
    important: bool


class _Rule(NamedTuple):
    specificity: tuple[int, int, int]
    find: etree.XPath
    declarations: tuple[_Declaration, ...]


class _Sheet(NamedTuple):
    """A style block: what can be written into elements, and the text of what cannot."""

    rules: tuple[_Rule, ...]
    rest: str


def inline(html: str) -> str:
    """Return a document with its style sheet in its elements, and a line break at its end.

    A style block marked `data-premailer="ignore"`, or for other media than a screen, stays as it
    is. What stays of the others becomes important, since elements speak first. Raises ValueError
    when this is no document.
    """
    try:
        return _inlined(html.strip())
    except etree.LxmlError as exc:
        raise ValueError(str(exc)) from None


def _inlined(html: str) -> str:
    page = etree.fromstring(html, etree.HTMLParser())
    if page is None:
        raise ValueError("there is no element in it")
    rules = [rule for sheet in _sheets_of(page) for rule in sheet.rules]
    said: dict[etree._Element, list[_Declaration]] = {}
    for rule in sorted(rules, key=lambda rule: rule.specificity):  # else the later one counts
        for element in cast("list[etree._Element]", rule.find(page)):
            said.setdefault(element, []).extend(rule.declarations)
    for element, declarations in said.items():
        element.set("style", _merged(declarations, _declarations(element.get("style", ""))))
    tree = page.getroottree()
    doctype = tree.docinfo.doctype  # type: ignore[union-attr]  # missing in the stub
    shown = tree if html.startswith(doctype) else page  # the parser gives one to who has none
    written = etree.tostring(shown, method="html", encoding="utf-8")
    return written.decode() + "\n"


def _sheets_of(page: etree._Element) -> Iterator[_Sheet]:
    """Yield the style blocks; of what can be written into elements nothing is left in them."""
    for block in list(page.iter("style")):
        ignored = block.attrib.pop("data-premailer", "") == "ignore"
        if ignored or block.get("media", "all").strip().lower() not in ("all", "screen"):
            continue
        sheet = _read(block.text or "")
        if sheet.rest:
            block.text = sheet.rest
        elif (parent := block.getparent()) is not None:
            parent.remove(block)
        yield sheet


def _merged(said: Iterable[_Declaration], own: Iterable[_Declaration]) -> str:
    """One style attribute; said: by rules, the least specific first. own: by the element."""
    everything = [*said, *own]
    found = {each.name: each.value for each in everything}
    found.update((each.name, each.value) for each in everything if each.important)
    return "; ".join(f"{name}:{value}" for name, value in found.items())


@lru_cache(_SHEETS_KEPT)
def _read(css: str) -> _Sheet:
    rules: list[_Rule] = []
    rest: list[str] = []
    for head, body in _blocks(_COMMENT.sub(lambda found: found[1] or " ", css)):
        if head.startswith("@"):
            rest.append(_at_rule(head, body))
            continue
        declarations = _declarations(body or "")
        if not declarations:
            continue
        kept = []
        for selector in _split(head, ","):
            if rule := _rule(selector, declarations):
                rules.append(rule)
            else:
                kept.append(selector)
        if kept:
            rest.append(_important(", ".join(kept), declarations))
    return _Sheet(tuple(rules), "\n".join(rest))


def _rule(text: str, declarations: tuple[_Declaration, ...]) -> _Rule | None:
    """A rule with one selector; None for one that names a state, everything, or nothing known."""
    if ":" in _BY_PLACE.sub("", text) or _EVERYTHING.search(text):
        return None
    try:
        (selector,) = parse_selectors(text)
        find = etree.XPath(HTMLTranslator().selector_to_xpath(selector))
    except SelectorError:
        return None
    return _Rule(selector.specificity(), find, declarations)


def _at_rule(head: str, body: str | None) -> str:
    if body is None:
        return f"{head};"
    if head.lower().startswith(("@media", "@supports")):
        inside = [_important(each, _declarations(said or "")) for each, said in _blocks(body)]
        return "\n".join([f"{head} {{", *inside, "}"])
    return f"{head} {{{body}}}"


def _important(selector: str, declarations: Iterable[_Declaration]) -> str:
    said = "; ".join(f"{each.name}: {each.value} !important" for each in declarations)
    return f"{selector} {{ {said} }}"


def _declarations(text: str) -> tuple[_Declaration, ...]:
    """What a rule or a style attribute says; pieces that are no declaration are left out."""
    found = []
    for piece in _split(text, ";"):
        name, colon, value = piece.partition(":")
        value = " ".join(value.split())
        bare = _IMPORTANT.sub("", value)
        if colon and name.strip() and bare:
            found.append(_Declaration(name.strip().lower(), bare, bare != value))
    return tuple(found)


def _split(text: str, sign: str) -> list[str]:
    """The pieces between a sign that is in no string and no parentheses, empty ones left out."""
    pieces = [""]
    for part in _PART.findall(text):
        if part == sign:
            pieces.append("")
        else:
            pieces[-1] += part
    return [piece.strip() for piece in pieces if piece.strip()]


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands before each outermost block with what is in it; None: it has no block."""
    head, body, depth = "", "", 0
    for part in _PART.findall(css):
        if part == "}" and depth == 1:
            yield head.strip(), body
            head, body, depth = "", "", 0
        elif part == ";" and not depth:
            yield head.strip(), None
            head = ""
        elif part == "{" and not depth:
            depth = 1
        elif depth:
            depth += (part == "{") - (part == "}")
            body += part
        else:
            head += part
    if head.strip():  # the end of the sheet closes what is open
        yield head.strip(), body if depth else None
