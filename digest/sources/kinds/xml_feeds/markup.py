"""Turn HTML into text, and leave the mathematics in it alone.

Texts of feeds are full of "<": "n<p and p>q" is no paragraph. A tag is what has the name of an
element, and nothing but attributes with values behind it; a reference ends in a semicolon.
Everything else stands as it is.
"""

import html
import re

from lxml.html import defs

_MATHEMATICS = frozenset(  # MathML Core, and what publishers write of the rest
    (
        *("math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace"),
        *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"),
        *("mprescripts", "mtable", "mtr", "mtd", "mfrac", "msqrt", "mroot", "mstyle", "merror"),
        *("mpadded", "mphantom", "menclose", "mfenced"),
    )
)
_SECTIONS = frozenset(
    (
        *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "nav"),
        *("sec", "section", "summary"),
    )
)
_BLOCKS = (defs.block_tags - {"del", "ins"}) | _SECTIONS | {"br"}
_ELEMENTS = defs.tags | _SECTIONS | _MATHEMATICS | {"bdi", "data", "dialog", "picture", "template"}
_MARKS = ("<!--", "<![cdata[", "<script", "<style")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
# Attributes that are written without a value; in prose other words stand behind a "<".
_FLAGS = (
    "allowfullscreen|async|autoplay|checked|controls|defer|disabled|hidden|itemscope|loop|"
    "mozallowfullscreen|multiple|muted|noshade|nowrap|readonly|required|selected|"
    "webkitallowfullscreen|data-[a-z-]++"
)
_LONGEST = 1_000_000  # characters; what is longer is no abstract and is left as it is
_TAG = re.compile(
    r"<(?:/\s*+)?(?P<prefix>[a-zA-Z]++:)?(?P<name>[a-zA-Z][a-zA-Z0-9]*+)"
    r"(?:\s++[a-zA-Z_][\w:.-]*+\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>=]++)"
    rf"|\s++(?:{_FLAGS})(?=[\s/>]))*+\s*+/?>"
)
_UNSEEN = re.compile(  # with all that is in it
    r"<!--(?:(?!-->|<!--).)*+-->"
    r"|<(?P<which>script|style)\b[^<>]*+>(?:(?!</?(?P=which)\b).)*+</(?P=which)\s*+>",
    re.DOTALL | re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});")
_PREFIXES = ("jats:", "mml:", "m:", "xhtml:", "html:", "h:")


def plain(markup: str) -> str:
    """Return the text of a piece of HTML in one line, without scripts and comments."""
    if ("<" not in markup and "&" not in markup) or len(markup) > _LONGEST:
        return " ".join(markup.split())
    if any(mark in markup.lower() for mark in _MARKS):
        markup = _UNSEEN.sub("", _CDATA.sub("", markup))
    text = _REFERENCE.sub(lambda found: html.unescape(found[0]), _TAG.sub(_seen, markup))
    return " ".join(text.split())


def _seen(tag: re.Match[str]) -> str:
    """Return what is seen of a tag: a blank where a block or line ends, or what is no tag."""
    name, prefix = tag["name"].lower(), (tag["prefix"] or "").lower()
    if name not in _ELEMENTS or (prefix and prefix not in _PREFIXES):
        return tag[0]
    return " " if name in _BLOCKS else ""


def is_block(name: str) -> bool:
    """Whether what stands in two of these elements are two words."""
    return name in _BLOCKS
