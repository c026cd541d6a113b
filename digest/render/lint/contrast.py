"""Colours of text against their background, in the light and the dark scheme (WCAG 2.2, 1.4.3).

A mail has its style in its elements; only the dark scheme is in a style block. So each element's
colours come from its `style`, from what it inherits, and in the dark from the rules of
`@media (prefers-color-scheme: dark)`. The large print exception (3 : 1) is not made use of.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cssselect import SelectorError, parse
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

LEAST = 4.5
Colour = tuple[int, int, int]
Styles = dict[str, str]

_DARK = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
_NAMED: Mapping[str, Colour] = {
    "black": (0, 0, 0), "silver": (192, 192, 192), "gray": (128, 128, 128),
    "grey": (128, 128, 128), "white": (255, 255, 255), "maroon": (128, 0, 0), "red": (255, 0, 0),
    "purple": (128, 0, 128), "fuchsia": (255, 0, 255), "green": (0, 128, 0), "lime": (0, 255, 0),
    "olive": (128, 128, 0), "yellow": (255, 255, 0), "navy": (0, 0, 128), "blue": (0, 0, 255),
    "teal": (0, 128, 128), "aqua": (0, 255, 255), "orange": (255, 165, 0),
}  # fmt: skip
_UNPRINTED = ("head", "style", "script", "title", "template")
# What a browser uses where nothing is said: text, background, link.
_CANVAS: Mapping[str, tuple[Colour, Colour, Colour]] = {
    "light": ((0, 0, 0), (255, 255, 255), (0, 0, 238)),
    "dark": ((255, 255, 255), (18, 18, 18), (158, 158, 255)),
}


@dataclass(frozen=True, slots=True)
class Print:
    """A piece of text with its colours; None: the colour is written in a way we cannot read."""

    scheme: str  # "light" or "dark"
    text: str
    colour: Colour | None
    background: Colour | None

    @property
    def contrast(self) -> float:
        """The ratio, from 1 to 21; 0 when a colour is unknown."""
        if self.colour is None or self.background is None:
            return 0.0
        return ratio(self.colour, self.background)


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parse_colour(text: str) -> Colour | None:
    """Read `#rgb`, `#rrggbb`, `rgb(r, g, b)` or a common name; None for anything else."""
    text = text.strip().lower()
    if _HEX.fullmatch(text):
        digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.fullmatch(text):
        red, green, blue = (min(255, int(part)) for part in found.groups())
        return red, green, blue
    return _NAMED.get(text)


def prints(document: HtmlElement) -> Iterator[Print]:
    """Yield every piece of text with its colours, in both schemes where there is a dark one."""
    yield from _Scheme("light", {}).walk(document)
    if dark := _dark_rules(document):
        yield from _Scheme("dark", dark).walk(document)


class _Scheme:
    """One scheme; rules: by element what it says there, and whether that beats the element's."""

    def __init__(self, name: str, rules: Mapping[HtmlElement, tuple[Styles, Styles]]) -> None:
        self._name = name
        self._rules = rules
        self._text, self._background, self._link = _CANVAS[name]

    def walk(self, document: HtmlElement) -> Iterator[Print]:
        yield from self._walk(document, self._text, self._background)

    def _walk(
        self, element: HtmlElement, colour: Colour | None, background: Colour | None
    ) -> Iterator[Print]:
        if not isinstance(element.tag, str) or element.tag in _UNPRINTED:
            return
        weak, strong = self._rules.get(element, ({}, {}))
        style = {**weak, **_declarations(element.get("style", ""))[0], **strong}
        if style.get("display") == "none":
            return
        if element.tag == "a" and element.get("href"):
            colour = self._link
        colour = _resolved(style.get("color"), colour)
        background = _resolved(style.get("background-color", style.get("background")), background)
        texts = [element.text, *(child.tail for child in element)]
        if text := " ".join(" ".join(filter(None, texts)).split()):
            yield Print(self._name, text, colour, background)
        for child in element:
            yield from self._walk(child, colour, background)


def _resolved(value: str | None, inherited: Colour | None) -> Colour | None:
    if value is None or value in ("inherit", "transparent", "none", "currentcolor"):
        return inherited
    return parse_colour(value)


def _declarations(text: str) -> tuple[Styles, Styles]:
    """The properties of a rule or a style attribute: all of them, and the important ones."""
    properties, important = {}, {}
    for part in text.split(";"):
        name, colon, value = part.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip().lower()
            bare = value.removesuffix("!important").strip()
            properties[name] = bare
            if bare != value:
                important[name] = bare
    return properties, important


def _dark_rules(document: HtmlElement) -> dict[HtmlElement, tuple[Styles, Styles]]:
    """What the dark scheme says of each element: its weak properties and its important ones."""
    rules = []
    for block in document.iter("style"):
        for media in _DARK.finditer(_COMMENT.sub("", block.text or "")):
            for selectors, body in _RULE.findall(media[1]):
                rules += [(selector, body) for selector in selectors.split(",")]
    found: dict[HtmlElement, tuple[Styles, Styles]] = {}
    for selector, body in sorted(rules, key=lambda rule: _specificity(rule[0])):
        properties, important = _declarations(body)
        for element in _matching(document, selector):
            weak, strong = found.setdefault(element, ({}, {}))
            weak.update(properties)
            strong.update(important)
    return found


def _specificity(selector: str) -> tuple[int, int, int]:
    try:
        first, *_ = parse(selector)
        return first.specificity()
    except SelectorError:
        return (0, 0, 0)


def _matching(document: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector names; none for one of states, such as `a:hover`."""
    try:
        found = CSSSelector(selector, translator="html")(document)
    except SelectorError:
        return []
    elements = found if isinstance(found, list) else []
    return [each for each in elements if isinstance(each, HtmlElement)]


def _luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
