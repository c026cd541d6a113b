"""The ways to choose layout and language: a word for it alone, or in a clear wish.

"full" is a wish, "email full" and "a long mail!" are remarks.
"""

from collections.abc import Iterator

from digest.replies.commands import Kind
from digest.replies.patterns import Pattern, fixed

_VERB = (
    r"(?:(?:send|switch|change|set|make|use|give|get|receive|show|schick(?:e|en)?|sende|stelle?|"
    r"wechs(?:le|el)|nimm) )"
)
_FILL = (
    r"(?:(?:it|me|the|my|to|a|in|as|layout|format|version|emails?|mails?|digest|mir|es|das|die|den|"
    r"auf|als|zum|zur|eine|einen|ansicht|fassung|sprache|language):? )*"
)
_NAMED = (
    r"(?:(?:the |my |die |das )?(?:layout|format|version|ansicht|fassung|form|sprache|language):? "
    r"(?:to |auf )?)"
)
_SIZE = r"(?: (?:layout|format|version|view|fassung|ansicht|form|style|umstellen|wechseln))"
_SET = r"(?: (?:version|fassung|umstellen|wechseln|ändern|stellen))"
_MAILS = r"(?: (?:mails?|e-?mails?|digests?))"


class _Choice:
    """One thing to choose. alone: words that name it; beside: those that do so only in a wish."""

    def __init__(self, kind: Kind, value: str, alone: str, beside: str, behind: str) -> None:
        self.kind, self.value = kind, value
        self.alone, self.all = alone, f"{alone}|{beside}" if beside else alone
        self.behind = behind

    def ways(self) -> Iterator[Pattern]:
        """Yield its patterns."""
        wish = rf"{_VERB}{_FILL}(?:{self.all})(?:{self.behind}|{_MAILS})?"
        plain = rf"(?:{self.alone}){self.behind}?|(?:{self.all}){self.behind}"
        if self.kind is Kind.LANGUAGE or self.value == "text":
            plain = rf"(?:in |as |auf |als )?(?:{plain})"
        yield fixed(rf"{plain}|{_NAMED}(?:{self.all})|{wish}", self.kind, self.value)
        asked = rf"{_FILL}(?:{self.all})(?:{self.behind}|{_MAILS})?"
        yield fixed(asked, self.kind, self.value, only_wished=True)


_CHOICES = (
    _Choice(
        Kind.LAYOUT,
        "compact",
        r"compact|short|kompakte?s?|kurz|kürzer|knapp",
        r"shorter|brief|kurze?s?|kürzere?s?",
        _SIZE,
    ),
    _Choice(
        Kind.LAYOUT,
        "full",
        r"full|ausführlich|vollständig",
        r"long|lange?s?|ausführliche?s?|volle?s?|vollständige?s?",
        _SIZE,
    ),
    _Choice(Kind.LAYOUT, "standard", r"standard|default", r"normale?s?", _SIZE),
    _Choice(
        Kind.LAYOUT,
        "text",
        r"(?:plain|only|just|pure|nur|reinen?r?) ?text(?: only)?|text[ -]only|klartext|no html|"
        r"kein html|ohne html",
        r"text",
        _SIZE,
    ),
    _Choice(Kind.LANGUAGE, "en", r"english|englisch", r"englische?", _SET),
    _Choice(Kind.LANGUAGE, "de", r"german|deutsch", r"deutsche?r?", _SET),
)
CHOOSING = tuple(way for choice in _CHOICES for way in choice.ways())
