"""The ways to name subjects: what to mute and what to follow."""

import re
from collections.abc import Callable, Collection, Sequence
from re import Match

from digest.replies.commands import Command, Kind
from digest.replies.patterns import Pattern, Say, pattern
from digest.replies.phrases import read_interest, read_known, read_phrase

_OF = (
    r"(?:the |das |den )?"
    r"(?:topics?|interests?|keywords?|phrases?|thema|themen|interesse|begriff):? "
)
_NOUN = r'(?= (?-i:[A-ZÄÖÜ0-9"]))'  # "mehr zu Diffusion", but not "mehr zu tun"
_PAPERS = r"(?:papers?|articles?|artikel|arbeiten|stuff)"
_WAYS: tuple[tuple[Kind, str], ...] = (
    (Kind.UNMUTE, rf"(?:unmute|unhide):? (?:{_OF})?(.+)"),
    (
        Kind.UNMUTE,
        rf"show (?:me )?(?:{_OF})?(.+?) again|(.+) wieder (?:zeigen|anzeigen|einblenden)",
    ),
    (Kind.UNMUTE, r"(.+) nicht (?:mehr|länger) (?:stummschalten|stumm schalten|ausblenden)"),
    (Kind.MUTE, rf"(?:mute|hide|stumm|stummschalten|ausblenden):? (?:{_OF})?(.+)"),
    (Kind.MUTE, r"nothing(?: more)? about (.+)"),
    (Kind.MUTE, rf"no(?: more)? {_PAPERS}(?: more)? (?:about|on) (.+)"),
    (Kind.MUTE, rf"(?:{_OF})?(.+) (?:stummschalten|stumm schalten|ausblenden|muten|mute)"),
    (Kind.MUTE, rf"(?:schalte?|schalten sie) (?:{_OF})?(.+) stumm|blende (?:{_OF})?(.+) aus"),
    (Kind.MUTE, rf"nichts(?: mehr)? (?:über|zum thema|zu{_NOUN}) (.+?)(?: mehr)?"),
    (Kind.MUTE, rf"keine? {_PAPERS}(?: mehr)? (?:über|zu|zum thema) (.+?)(?: mehr)?"),
    (Kind.UNFOLLOW, rf"(?:unfollow|no longer follow|stop following):? (?:{_OF})?(.+)"),
    (Kind.UNFOLLOW, rf"(?:remove|drop|delete|entferne?|entfernen sie|lösche):? {_OF}(.+)"),
    (Kind.UNFOLLOW, rf"(?:{_OF})?(.+) (?:entfolgen|nicht (?:mehr|länger) (?:ver)?folgen)"),
    (Kind.UNFOLLOW, rf"{_OF}(.+) (?:entfernen|löschen|abwählen)"),
    (Kind.FOLLOW, rf"follow:? (?:{_OF})?(.+)"),
    (Kind.FOLLOW, rf"(?:add|hinzufügen):? {_OF}(.+)"),
    (Kind.FOLLOW, rf"(?:see |get |read )?more(?: {_PAPERS})? (?:about|on) (?:{_OF})?(.+)"),
    (Kind.FOLLOW, rf"mehr(?: {_PAPERS})? (?:über|zum thema|zu{_NOUN}) (.+)"),
    (Kind.FOLLOW, rf"(?:ver)?folge(?: dem| der)? (?:{_OF}|thema )?(.+)|{_OF}(.+) hinzufügen"),
    (Kind.FOLLOW, rf"(?:nimm|nehmt) {_OF}(.+) (?:auf|hinzu|dazu)|{_OF}(.+) (?:ver)?folgen"),
)
_INTERESTED = r"(?:i am|i'm|ich bin)(?: also)? interest(?:ed in|iert an) (.+)"
_FOLLOWED = r"(.+) (?:ver)?folgen"  # "robotics folgen", but not "Details folgen"
_Read = Callable[[str, Collection[str]], str | None]
_LISTED = re.compile(r", ?(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")  # commas outside quotation marks


def subject_patterns(topics: Collection[str]) -> tuple[Pattern, ...]:
    """Return the patterns. topics: names and slugs of the catalogue, in small letters."""
    return (
        *(pattern(text, _say(kind, topics)) for kind, text in _WAYS),
        pattern(_INTERESTED, _say(Kind.FOLLOW, topics, read_interest)),
        pattern(_FOLLOWED, _say(Kind.FOLLOW, topics, read_known)),
    )


def _say(kind: Kind, topics: Collection[str], read: _Read = read_phrase) -> Say:
    def say(found: Match[str]) -> Sequence[Command]:
        text = next(filter(None, found.groups()), "")
        if whole := read(text, topics):
            return (Command(kind, whole),)
        phrases = [read(part, topics) for part in _LISTED.split(text)]
        return [Command(kind, phrase) for phrase in phrases if phrase] if all(phrases) else ()

    return say
