"""Write a TeX formula with the characters of Unicode: "10^{-3}" with small raised digits.

Symbols come from pylatexenc (MIT), asked only when a macro is seen. What Unicode cannot write stays
readable: "x_{max}" is x_max, an unknown macro its name. Every pass is linear and there are few.
"""

import re
import unicodedata
from functools import lru_cache

_SUPER = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW\u2212\u2032\u03b1\u03b2\u03b3",
        "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207c\u207d\u207e"
        "\u1d43\u1d47\u1d9c\u1d48\u1d49\u1da0\u1d4d\u02b0\u2071\u02b2\u1d4f\u02e1\u1d50\u207f\u1d52"
        "\u1d56\u02b3\u02e2\u1d57\u1d58\u1d5b\u02b7\u02e3\u02b8\u1dbb\u1d2c\u1d2e\u1d30\u1d31\u1d33"
        "\u1d34\u1d35\u1d36\u1d37\u1d38\u1d39\u1d3a\u1d3c\u1d3e\u1d3f\u1d40\u1d41\u2c7d\u1d42\u207b"
        "\u2032\u1d45\u1d5d\u1d5e",
        strict=True,
    )
)
_SUB = dict(
    zip(
        "0123456789+-=()aehijklmnoprstuvx\u2212\u03b2\u03b3\u03c1\u03c6\u03c7",
        "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u208a\u208b\u208c\u208d\u208e"
        "\u2090\u2091\u2095\u1d62\u2c7c\u2096\u2097\u2098\u2099\u2092\u209a\u1d63\u209b\u209c\u1d64"
        "\u1d65\u2093\u208b\u1d66\u1d67\u1d68\u1d69\u1d6a",
        strict=True,
    )
)
_PLAIN = re.compile(r"\w+(?:\.\w+)*")
_LONGEST_LETTERS = 2  # "max" as tiny letters cannot be read in a mail
_DOUBLE = dict(zip("CHNPQRZ", "\u2102\u210d\u2115\u2119\u211a\u211d\u2124", strict=True))
_ACCENTS = {
    **dict(zip("`'^~\"=.", "\u0300\u0301\u0302\u0303\u0308\u0304\u0307", strict=True)),
    **dict(zip("Hckrubvd", "\u030b\u0327\u0328\u030a\u0306\u0331\u030c\u0323", strict=True)),
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
    "bar": "\u0304", "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7",
}  # fmt: skip
_OWN = {
    "ne": "\u2260", "R": "\u211d", "deg": "\u00b0", "degree": "\u00b0", "checkmark": "\u2713",
    "S": "\u00a7", "P": "\u00b6", "ast": "*", "to": "\u2192", "sim": "~", "cdots": "\u22ef",
    "ldots": "...", "dots": "...", "textellipsis": "...", "i": "\u0131", "j": "\u0237",
    "pounds": "\u00a3", "euro": "\u20ac", "copyright": "\u00a9", "ie": "i.e.", "eg": "e.g.",
    "etal": "et al.", "textbackslash": "\\", "textquotesingle": "'", "colon": ":", "vs": "vs.",
    "log": "log", "exp": "exp", "min": "min", "max": "max", "dim": "dim", "mod": "mod",
    "argmin": "arg min", "argmax": "arg max", "quad": " ", "qquad": " ", "allowbreak": "",
    "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "displaystyle": "",
    "limits": "", "nolimits": "", "noindent": "", "newline": " ", "par": " ", "xspace": "",
    "item": "\u2022", "protect": "", "nonumber": "", "centering": "", "linebreak": " ",
}  # fmt: skip
_FONTS_TEXT = """
    text textbf textit textsc texttt textrm textsf textsl textup textmd textnormal emph
    underline mathbf mathrm mathcal mathit mathsf mathtt mathfrak mathscr mathnormal boldsymbol
    bm mbox hbox operatorname uline boxed ensuremath textsuperscript textsubscript"""
FONTS = frozenset(_FONTS_TEXT.split())
_SWITCHES_TEXT = """
    em it bf sc tt rm sf sl itshape bfseries scshape ttfamily rmfamily sffamily upshape
    normalfont small footnotesize large Large tiny cal"""
SWITCHES = frozenset(_SWITCHES_TEXT.split())
_SPACING = re.compile(r"\\[,;:!> ]|\\(?=\s)|~")
_MACRO = re.compile(r"\\([A-Za-z]+)\s*")
_FONT_NAMES = "|".join(sorted(FONTS, key=len, reverse=True))
_FONT = re.compile(rf"\\(?:{_FONT_NAMES})\*?\s*(?=[{{\w])")
_BLACKBOARD = re.compile(r"\\(?:mathbb|mathds|Bbb)\s*(?:\{\s*(\w+)\s*\}|(\w))")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]*)\}|(\w))\s*(?:\{([^{}]*)\}|(\w))")
_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]*)\}|(\w))")
_ACCENTED = re.compile(
    r"\\(hat|widehat|tilde|widetilde|bar|overline|dot|ddot|vec)(?:\s*\{\s*(\w)\s*\}|\s+(\w)\b)"
)
_SCRIPT = re.compile(r"\s?([\^_])\s*(?:\{([^{}]*)\}|([^\s{}\\^_]))")
_GROUP = re.compile(r"\{([^{}]*)\}")
_ACCENT = re.compile(
    r"""\\(["'^`~])(?!(?:s|t|re|ve|ll|d|m)\b)(?:\{\s*(\\?[A-Za-z])\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))"""
    r"|\\([=.Hckrubvd])\{\s*(\\[ij]|[A-Za-z])\s*\}"
)
_APOSTROPHE = re.compile(r"\\'(?<=[A-Za-z]\\')(?=(?:s|t|re|ve|ll|d|m)\b)")
_DEEPEST = 8
# Braces that are meant, and marks that are done with, while the others are taken out.
_RESTORED = {0xE001: "{", 0xE002: "}", 0xE003: "_", 0xE004: "^"}
_DONE = {ord("_"): "\ue003", ord("^"): "\ue004"}


def formula(tex: str) -> str:
    """Return the inside of a formula as plain text: symbols, super- and subscripts, fractions."""
    text = tex.replace("\\{", "\ue001").replace("\\}", "\ue002").replace("\\\\", " ")
    text = _BLACKBOARD.sub(lambda m: blackboard(m[1] or m[2]), text)
    text = _FONT.sub("", _SPACING.sub(" ", text))
    text = _ACCENTED.sub(lambda m: accented(m[1], m[2] or m[3]) or m[2] or m[3], text)
    text = _MACRO.sub(_symbol, text)
    for _ in range(_DEEPEST):
        before = text
        text = _FRACTION.sub(_fraction, _ROOT.sub(_root, _SCRIPT.sub(_scripted, text)))
        text = _GROUP.sub(r"\1", text) if text == before else text
        if text == before:
            break
    text = text.translate(_RESTORED)
    return re.sub(r"\s+", " ", re.sub(r"\s+(?=[,.;:)\]])|(?<=[(\[])\s+", "", text)).strip()


def script(mark: str, inside: str) -> str:
    """Return a super- ("^") or subscript ("_") in small characters, else marked: "_max"."""
    inside = " ".join(inside.split())
    if mark == "^" and inside in ("circ", "\u2218", "\u00b0", "\\circ"):
        return "\u00b0"
    if inside in ("*", "\u2032", "\u2020", "") or (mark == "^" and set(inside) == {"'"}):
        return inside
    table = _SUPER if mark == "^" else _SUB
    small = [table.get(character, "") for character in inside]
    if all(small) and sum(map(str.isalpha, inside)) <= _LONGEST_LETTERS:
        return "".join(small)
    word = (inside.isalnum() and inside[0].isalpha()) or (
        mark == "_" and bool(_PLAIN.fullmatch(inside))
    )
    return f"{mark}{inside}" if word or len(inside) == 1 else f"{mark}({inside})"


def accents(text: str) -> str:
    """Write the accented letters of plain text; one that Unicode lacks stays as it is."""
    return _ACCENT.sub(_accent, _APOSTROPHE.sub("'", text))


def accented(accent: str, letter: str) -> str:
    """Return the letter under its accent; empty when Unicode has no such thing."""
    letter = {"\\i": "i", "\\j": "j", "\u0131": "i", "\u0237": "j"}.get(letter, letter)
    both = unicodedata.normalize("NFC", letter + _ACCENTS[accent])
    return both if len(both) == 1 or len(accent) > 1 else ""


def blackboard(letters: str) -> str:
    """Return letters of the double-struck kind where Unicode has them."""
    return "".join(_DOUBLE.get(letter, letter) for letter in letters)


@lru_cache(maxsize=1024)
def symbol(name: str) -> str | None:
    """Return the characters of a macro without arguments, None when it is unknown."""
    if name in _OWN:
        return _OWN[name]
    found = getattr(_known().get_macro_spec(name), "simplify_repl", None)
    return (
        found
        if isinstance(found, str) and found and "%" not in found and "<" not in found
        else None
    )


@lru_cache(maxsize=1)
def _known():  # type: ignore[no-untyped-def]  # pylatexenc has no types
    from pylatexenc.latex2text import get_default_latex_context_db

    return get_default_latex_context_db()


def _accent(found: re.Match[str]) -> str:
    letter = found[2] or found[3] or found[5]
    return accented(found[1] or found[4], letter) or found[0]


def _symbol(macro: re.Match[str]) -> str:
    name = macro[1]
    if name in ("frac", "dfrac", "tfrac", "sqrt"):
        return f"\\{name}"
    found = "" if name in SWITCHES else symbol(name)
    if found is None:
        found = name  # readable without its backslash
    apart = macro[0][-1:].isspace() or (found.isalpha() and found.isascii())
    following = macro.string[macro.end() : macro.end() + 1]
    before = macro.string[macro.start() - 1 : macro.start()] if macro.start() else ""
    lead = " " if found.isascii() and found.isalpha() and before.isalnum() else ""
    return (
        lead
        + found
        + (" " if apart and found and (following.isalnum() or following == "\\") else "")
    )


def _scripted(found: re.Match[str]) -> str:
    return script(found[1], found[2] if found[2] is not None else found[3]).translate(_DONE)


def _fraction(found: re.Match[str]) -> str:
    return f"{_single(found[1] or found[2] or '')}/{_single(found[3] or found[4] or '')}"


def _root(found: re.Match[str]) -> str:
    return f"\u221a{_single(found[1] or found[2] or '')}"


def _single(part: str) -> str:
    """Put brackets around what is more than a name or a number."""
    part = part.strip()
    return part if re.fullmatch(r"[\w.\u00b2\u00b3]*", part) else f"({part})"
