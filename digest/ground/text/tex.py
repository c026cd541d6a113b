"""Show the TeX in a title or an abstract as plain Unicode: what "G\\"odel" or "$O(n^2)$" means.

Only what is surely TeX changes. Prices ("$5 and $10"), paths, patterns and addresses stay, so does
every macro in the middle of a word. Never raises; NFC; a second time changes nothing.
"""

import re
import unicodedata
from html import unescape

from digest.ground.text.formula import FONTS, SWITCHES, accents, blackboard, formula, script, symbol

_LONGEST = 20_000  # characters that are looked at
_DEEPEST = 4
_MOST_PASSES = 6  # one is enough for nearly every text
_TIES = re.compile(  # each begins with the character to be found: ten times as fast
    r"~(?:(?<=[^\W_]~)(?=[^\W\d_])|(?<=[^\W\d_]~)(?=\d)|(?<=\w~)(?=[(\[\\$\u201c\ue000])"
    r"|(?<=[.,;:)\]}\-\ue002]~)(?=[\w(\[\\$\u201c]))"
)
_ADDRESSES = re.compile(r"(?:https?://|www\.)[^\s{}<>\\]+(?:\\_[^\s{}<>\\]*)*")
_PATHS = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]:\\[\w.$-][^\s{}\"]*|(?<!\S)\\\\[\w.$-]+\\[^\s]+"
    r"|(?<![\w\\{])(?:\.{1,2}\\)?[A-Za-z0-9_.]{2,64}\\(?!text)[A-Za-z0-9_.]{1,64}\\[\w.\\-]*"
)
_TWO = re.compile(r"\\[A-Za-z0-9_.]{1,64}\\[A-Za-z0-9_]")
_LABELLED = re.compile(
    "(\ue000\\d+\ue002)\\{([^{}]{1,200})\\}"
)  # is left of \\href{address}{words}
_MATH = re.compile(
    r"\$\$([^$]{1,400})\$\$|(?<![\\$])\$(\\[A-Za-z]{2,12})\$"
    r"|(?<![\\$])\$(?!\s)([^$]{1,400}?)(?<![\\\s])\$(?![\d$])"
    r"|(?<![\\$])\$(\s[^$]{0,200}[\\^_][^$]{0,200}\s)\$(?![\d$])"
    r"|\\\(([^$]{1,400}?)\\\)|\\\[([^$]{1,400}?)\\\]"
)
_SURELY_MATH = re.compile(r"[\\^_={}<>|]")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[a-zA-Z]{2,8}\d?);")
_LINK = re.compile(r"\\href\s*\{([^{}\n]{0,500})\}\s*\{([^{}\n]{0,300})\}")
_ADDRESS = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}\n]{0,500})\}")
_UNSEEN = re.compile(
    r"[~ ]?\\(?:cite[a-z]*|ref|eqref|label|autoref|cref)\*?(?:\[[^\[\]]{0,80}\])*\{[^{}\n]{0,300}\}"
)
_NOTE = re.compile(r"[~ ]?\\(?:footnote|thanks)\s*\{([^{}]{0,500})\}")
_SWITCH_NAMES, _FONT_NAMES = "|".join(sorted(SWITCHES)), "|".join(sorted(FONTS))
_SWITCH = re.compile(rf"\{{\s*\\(?:{_SWITCH_NAMES})(?![A-Za-z])\s*([^{{}}]*)(?:\}}|$)")
_STYLED = re.compile(rf"\\(?:{_FONT_NAMES})\*?\s*\{{([^{{}}]*)\}}")
_STRIPPED = re.compile(  # what some pages leave when they take the backslashes away
    r"(?:text(?:bf|it|tt|sc|rm)|math(?:bf|cal|rm|bb)|emph)\{([^{}]*)\}"
    r"|\{(times|sim|circ|pm|alpha|beta|gamma|delta|epsilon|lambda|mu|pi|sigma|tau|theta)\}"
)
_BLACKBOARD = re.compile(r"\\mathbb\s*(?:\{\s*([A-Za-z0-9]+)\s*\}|([A-Z])(?![A-Za-z]))")
_MACRO = re.compile(
    r"\\(?<![A-Za-z\\:]\\)([A-Za-z]{2,}|R(?![A-Za-z])|[oOlL](?=[\s{]|[a-z]))(?!\\)(\{\}|\s*)"
)
_BRACED = re.compile(r"\{\\([A-Za-z]+)\s*\}")
_INNER = re.compile(
    r"\\(?<=[A-Za-z]\\)(times|text[a-z]{4,}|ss|aa|ae|oe|o|l|allowbreak)(?![A-Za-z])(\{\}|\s?)"
)
_ESCAPE = re.compile(r"\\([%&#_$])")
_SPACE = re.compile(r"\\(?<!\\\\)(?:[,;!]|\\(?=\s|$)|\s)\s?")
_SCRIPT = re.compile(
    r"\^(?<=[\w)\]\u2019}]\^)(?:\{([^{}]{1,40})\}|(\d+|[\u2218\u00b0]|[a-zA-Z*](?![A-Za-z0-9_])))"
)
_INDEX = re.compile(  # after one letter; file_names stay
    r"_(?:(?<=\w_)\{([^{}]{1,40})\}"
    r"|(?<=[A-Za-z\u0370-\u03ff]_)(?<![\w\\/.-].{1}_)([A-Za-z0-9])(?![\w/.]\w|\w))"
)
_WORD_GROUP = re.compile(
    r"\{(?:\}|(?<![a-z]\{)(\w*[A-Z]\w*(?:[ -]\w+)*)\}|(?<=[\s\w]\{)([=<>+-])\})"
)
_TIMES = re.compile(r"times(?<=\dtimes)\b")
_ABOUT = re.compile(r"sim(?<![A-Za-z]sim)(?=\d)")
_QUOTED = re.compile(r"``(?<!```)(?!`)([^`]{1,400}?)(?<!')(?:''(?!')|(?<=\S)\")")
_DASH = re.compile(r"--(?<![-<!]--)(-?)(?![->])")
_RESERVED = {0xE000: None, 0xE001: None, 0xE002: None, 0xE003: None, 0xE004: None}
_ASIDE = re.compile("\ue000(\\d+)\ue002")


def readable(text: str) -> str:
    """Return `text` with its TeX and HTML entities written as Unicode.

    What is longer than any abstract, and what does not settle, stays as it is.
    """
    if len(text) <= _LONGEST and _marked(text):
        before, after = text, _pass(text)
        for _ in range(_MOST_PASSES):
            if after == before or not _marked(after):
                text = after
                break
            before, after = after, _pass(after)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _marked(text: str) -> bool:
    """Tell quickly whether there can be anything to do."""
    return (
        "\\" in text or "$" in text or "{" in text or "^" in text or "_" in text
        or "~" in text or "--" in text or "``" in text
        or ("sim" in text and bool(_ABOUT.search(text)))
        or ("times" in text and bool(_TIMES.search(text)))
        or ("&" in text and bool(_ENTITY.search(text)))
    )  # fmt: skip  # said one by one, since a generator takes as long as all of them


def _pass(text: str) -> str:
    """Take every kind of TeX out once; addresses and paths stand aside meanwhile."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0].replace("\\_", "_") if "//" in found[0] else found[0])
        return f"\ue000{len(kept) - 1}\ue002"

    text = text.translate(_RESERVED) if not text.isascii() else text
    text = _ADDRESSES.sub(keep, text) if "://" in text or "www." in text else text
    if ":\\" in text or "\\\\" in text or _TWO.search(text):
        text = _PATHS.sub(keep, text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: unescape(m[0]).replace("\u00a0", " "), text)
    if "$" in text or "\\(" in text or "\\[" in text:
        text = _MATH.sub(_math, text)
    if "\\" in text:
        text = _macros(text)
    if "{" in text:
        text = _STRIPPED.sub(lambda m: m[1] if m[2] is None else symbol(m[2]) or m[2], text)
        text = _LABELLED.sub(lambda m: m[1] if m[2][0] == "\ue000" else f"{m[1]} ({m[2]})", text)
    text = _TIMES.sub("\u00d7", text) if "times" in text else text
    text = _ABOUT.sub("~", text) if "sim" in text else text
    text = _SCRIPT.sub(lambda m: script("^", m[1] or m[2]), text) if "^" in text else text
    text = _INDEX.sub(lambda m: script("_", m[1] or m[2]), text) if "_" in text else text
    text = _WORD_GROUP.sub(r"\1\2", text) if "{" in text else text
    text = _QUOTED.sub("\u201c\\1\u201d", text) if "``" in text else text
    text = _TIES.sub(" ", text) if "~" in text else text
    text = _DASH.sub(_dash, text) if "--" in text else text
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _ASIDE.sub(lambda m: kept[int(m[1])], text) if kept else text


def _macros(text: str) -> str:
    """Resolve accents, styles, notes, links, symbols and escapes outside formulas."""
    text = accents(text)
    if "cite" in text or "ref" in text or "label" in text:
        text = _UNSEEN.sub("", text)
    text = _ADDRESS.sub(_spaced, _LINK.sub(_link, text))
    text = _BLACKBOARD.sub(lambda m: blackboard(m[1] or m[2]), text)
    notes = "\\footnote" in text or "\\thanks" in text
    for _ in range(_DEEPEST):
        before, text = text, _STYLED.sub(r"\1", _SWITCH.sub(r"\1", text))
        text = _NOTE.sub(r" (\1)", text) if notes else text
        if text == before:
            break
    text = _BRACED.sub(lambda m: _meant(m[1]), text)
    text = _INNER.sub(lambda m: symbol(m[1]) or m[0], text)
    return _ESCAPE.sub(r"\1", _SPACE.sub(_blank, _MACRO.sub(_macro, text)))


def _math(found: re.Match[str]) -> str:
    """Render a formula unless the dollars are money."""
    inside = next(group for group in found.groups() if group is not None)
    money = inside != inside.strip() or (" " in inside and len(inside) > 12)
    if found[0][0] == "$" and money and not _SURELY_MATH.search(inside):
        return found[0]
    return formula(inside) or found[0]


def _spaced(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()]
    return found[1] if not before or before in " \n(~[" else f" {found[1].strip()}"


def _link(found: re.Match[str]) -> str:
    address, words = found[1].strip(), found[2].strip()
    return words if address in words else f"{words} ({address})".strip()


def _meant(name: str) -> str:
    """Return what a macro stands for; an unknown one its name, a switch of fonts nothing."""
    meant = symbol(name)
    return meant if meant is not None else "" if name in SWITCHES else name


def _macro(found: re.Match[str]) -> str:
    meant = _meant(found[1])
    return meant + (" " if meant and found[2].isspace() else "")


def _blank(found: re.Match[str]) -> str:
    return "" if found.string[found.start() - 1 : found.start()].isspace() else " "


def _dash(found: re.Match[str]) -> str:
    """Write a dash, unless this is the beginning of a program's --option."""
    before = found.string[found.start() - 1 : found.start()] if found.start() else ""
    after = found.string[found.end() : found.end() + 1]
    if not found[1] and after.isalpha() and not before.strip():
        return found[0]
    return "\u2014" if found[1] else "\u2013"
