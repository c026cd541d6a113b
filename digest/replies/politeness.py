"""What people write around a command and do not mean as one: greetings, thanks, closings, names."""

import re
from collections.abc import Collection

_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|moin|servus|grüß gott|"
    r"liebes?|guten (?:tag|morgen|abend)|sehr geehrtes?)"
    r"(?: (?:there|all|team|everyone|both|again|digest|papers?|daily|editors?|zusammen|leute|ihr|"
    r"lieben?|liebes|damen|und|herren|redaktion|sir|or|madam))*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:many |best |kind )?(?:thanks|thank you|thx|cheers)(?: (?:so|very) much| a lot| again|"
    r" in advance| a bunch| for (?:this|the|your) (?:digest|mail|email|service|help|great work))*|"
    r"(?:vielen |besten |lieben |herzlichen |tausend )?dank(?:e)?(?: (?:schön|sehr|dir|euch|ihnen|"
    r"im voraus|vorab|für (?:alles|die mühe|eure arbeit)))*|merci",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:best|kind|warm|kindest|warmest|many|with (?:best|kind)) )?(?:regards|wishes|greetings)|"
    r"best|all the best|cheers|sincerely|yours(?: (?:sincerely|truly|faithfully))?|br|bye|"
    r"(?:(?:mit )?(?:vielen?|lieben?|besten?|schönen?|freundlichen?|herzlichen?|sonnigen?) )+"
    r"gr(?:ü|ue)(?:ß|ss)en?(?: (?:aus|und|von) .{1,30})?|gr(?:u|ü|ue)(?:ß|ss)e?|lg|vg|mfg|bg|"
    r"tschüss|ciao|bis dann",
    re.IGNORECASE,
)
_PLEASE = re.compile(r",? ?\b(?:bitte(?: sehr)?|please|pls|plz|kindly)\b,?", re.IGNORECASE)
_ASKS = re.compile(r"(?:can|could|would|will|kannst|könntest|können|könnten|würdet|könnt)\b", re.I)
_BEFORE = re.compile(
    r"^(?:(?:ok|okay|so(?=,)|also|and|then|yes|ja|well|now|jetzt|actually|"
    r"from now on|ab (?:jetzt|sofort)|in (?:the )?future|(?:in )?zukünftig|künftig|von nun an|"
    r"(?:can|could|would|will) you(?: mind)?|(?:kannst|könntest|würdest) du|"
    r"(?:können|könnten) sie|(?:könnt|würdet) ihr|"
    r"i(?:'d| would) (?:like|love|prefer)(?: to (?:have|get|see))?(?: to)?|"
    r"i (?:want|need|wish)(?: to (?:have|get|see))?(?: to)?|let's|let us|"
    r"ich (?:möchte|hätte|würde|will|wünsche)(?: gern(?:e)?)?(?: mir)?|gern(?:e)?),?:? )+",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:bitte|please|pls|plz|kindly|(?:can|could|would|will) you|(?:kannst|könntest|würdest) du|"
    r"(?:können|könnten) sie|(?:könnt|würdet) ihr|from now on|instead|stattdessen|"
    r"ab (?:jetzt|sofort|heute)|(?:in )?zukünftig|künftig|in zukunft|von nun an|"
    r"i(?:'d| would) (?:like|love|prefer)|i (?:want|need|wish)|"
    r"ich (?:möchte|hätte|würde|will|wünsche))\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r",? (?:instead|from now on|from today(?: on)?|for now|for me|now|again please|stattdessen|"
    r"ab (?:jetzt|sofort|heute)|in zukunft|künftig|für mich|von nun an|as well|too|also|"
    r"at the moment|danke|thanks|thank you|thx|cheers|vielen dank|danke schön|haben|sehen)$",
    re.IGNORECASE,
)
_MARKS = str.maketrans(
    dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00a0\u202f", " ")
    | dict.fromkeys("\u200b\ufeff\u2026", "")
)
_EDGES = " \t*_·•,;:!.^"
_SMILE = re.compile(
    r"(?:[:;]-?[)D]|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f\U0001F3FB-\U0001F3FF]+)+"
)
_NAME = re.compile(
    r"[-~ ]*(?:(?:dr|prof)\.? )*[A-ZÄÖÜ][\w.'-]*(?: (?:von|van|de|der|den|zu|da|di|el|al))*"
    r"(?: [A-ZÄÖÜ][\w.'-]*){0,3},?"
)
_LONGEST_SIGNATURE = 8  # lines


def tidy(line: str) -> str:
    """Return a line with plain quotation marks, dashes and blanks, and nothing at its edges."""
    plain = _SMILE.sub(" ", line.translate(_MARKS))
    return " ".join(plain.split()).strip(_EDGES)


def plainly(line: str) -> str:
    """Return what a tidy line asks for, without please, thanks and the like; "" for only those.

    A question stays one, unless it asks for a deed: "could you pause …?".
    """
    said = _PLEASE.sub(" ", line).strip(_EDGES)
    if said.endswith("?"):
        if not _ASKS.match(said):
            return said
        said = said.rstrip("?!. ")
    said = " ".join(said.split())
    while True:
        shorter = _BEHIND.sub("", _BEFORE.sub("", _without_hello(said))).strip(_EDGES)
        if shorter == said:
            return "" if is_polite(said) else said
        said = shorter


def is_wish(line: str) -> bool:
    """Whether a line says that it is a wish, such as by "please" or "I'd like"."""
    return bool(_WISH.search(line))


def is_polite(line: str) -> bool:
    """Whether a tidy line only greets or thanks."""
    parts = [part.strip(_EDGES) for part in re.split(r"[,.!;]", line)]
    return all(
        not part or any(each.fullmatch(part) for each in (_GREETING, _THANKS, _CLOSING))
        for part in parts
    )


def signature_at(lines: list[str], names: Collection[str]) -> int:
    """Return where a closing with a name, or the sender's name alone, ends a mail's own lines.

    lines: tidy, without empty ones. names: the words of the sender's name, in small letters.
    Without either it is the number of lines.
    """
    for at, line in enumerate(lines):
        rest = lines[at + 1 :]
        if not rest and at and is_name_of(line, names):
            return at
        if not rest and at and _closes_with_name(line, names):
            return at
        closes = _CLOSING.fullmatch(line) or _THANKS.fullmatch(line)
        if closes and rest and _is_signature(rest, names):
            return at
    return len(lines)


def is_name_of(line: str, names: Collection[str]) -> bool:
    """Whether a line is made of the words of a name, such as "Anna" or "- A. Müller"."""
    words = [word.strip("-~.,").casefold() for word in line.split()]
    words = [word for word in words if word]
    initials = {name[:1] for name in names}
    return bool(words) and all(word in names or word in initials for word in words)


def _closes_with_name(line: str, names: Collection[str]) -> bool:
    """Whether a line is a closing and the sender's name, such as "LG Anna"."""
    words = line.split()
    return any(
        any(each.fullmatch(" ".join(words[:at]).rstrip(",")) for each in (_CLOSING, _THANKS))
        and is_name_of(" ".join(words[at:]), names)
        for at in range(1, len(words))
    )


def _is_signature(lines: list[str], names: Collection[str]) -> bool:
    if len(lines) > _LONGEST_SIGNATURE or any(re.match(r"p\.? ?s\b", each, re.I) for each in lines):
        return False
    return bool(_NAME.fullmatch(lines[0])) or is_name_of(lines[0], names)


def _without_hello(line: str) -> str:
    """Return a line without a greeting or thanks that a comma or full stop ends."""
    head, mark, rest = re.match(r"([^,.!;]*)([,.!;]?)(.*)", line).groups()  # type: ignore[union-attr]
    polite = _GREETING.fullmatch(head.strip()) or _THANKS.fullmatch(head.strip())
    return rest.strip(_EDGES) if mark and polite else line
