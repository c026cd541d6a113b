"""The ways to say when and how much: cadence, weekday, hour, number of papers, pause."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from re import Match

from digest.replies.commands import Command, Kind
from digest.replies.dates import read_date, read_span, read_weekday
from digest.replies.patterns import Pattern, Say, pattern

_NOON = 12
_FILL = (
    r"(?:(?:send|deliver|switch|change|set|make|get|give|receive|have|it|me|them|the|my|this|"
    r"digests?|mails?|e-?mails?|newsletters?|to|only|just|once|schick(?:e|en|t)?|sende|stelle?|"
    r"wechs(?:le|el)|mir|ihn|es|das|die|den|auf|nur|noch|bitte|sie|ihr|frequency:?|cadence:?|"
    r"time:?|uhrzeit:?|hour:?|arrive|come|kommen?) )*"
)
_VERB = re.compile(
    r"(?:send|deliver|switch|change|set|make|get|give|receive|schick(?:e|en|t)?|sende|stelle?|"
    r"wechs(?:le|el)|kommen?)\b|.+ (?:umstellen|wechseln|ändern|schicken|senden|"
    r"bekommen|erhalten|stellen|zusenden)",
    re.IGNORECASE,
)
_REMARKS = re.compile(  # names of what comes, and hours of business
    r"(?:the |my |this |die |der |das |den )*(?:daily|t(?:ä|ae)gliche[rs]?)"
    r" (?:e-?mails?|mails?|digests?|newsletter)|mon? ?- ?fri?",
    re.IGNORECASE,
)
_END = (
    r"(?: (?:umstellen|wechseln|ändern|schicken|senden|bekommen|erhalten|e-?mails?|mails?|"
    r"digests?|newsletter|please|instead|stellen|zusenden))*"
)
_CADENCES = {
    "daily": r"daily|every ?day|each day|every (?:single )?morning|once a day|per day|"
    r"t(?:ä|ae)glich(?:e|er|es)?|jeden (?:tag|morgen)|einmal (?:am|pro) tag",
    "weekdays": r"(?:on |every )?(?:week|work|working |business )days?(?: only)?|"
    r"mon(?:day)?(?: ?- ?| to | through )fri(?:day)?|not on (?:the )?weekends?|no weekends|"
    r"wochentags|werktags|(?:nur )?(?:an|unter der) (?:werktagen|wochentagen|woche)|"
    r"montags? bis freitags?|mo(?: ?- ?| bis )fr|nicht am wochenende",
    "weekly": r"weekly|every week|each week|once (?:a|per|every) week|per week|"
    r"w(?:ö|oe)chentlich(?:e|er|es)?|jede woche|(?:ein|1)[ -]?mal (?:pro|die|in der) woche|"
    r"einmal w(?:ö|oe)chentlich|pro woche",
}
_CADENCE = "|".join(f"(?P<{name}>{text})" for name, text in _CADENCES.items())
_DAY = r"[a-zäöü]{3,10}"
_EACH = rf"(?:every|each|jeden) (?P<each>{_DAY})|(?P<plural>(?:on )?{_DAY}s)"
_ON = rf",? (?:on |am |immer |every |each |jeden )*(?P<on>{_DAY})"
_HOUR = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>am|pm|a\.m|p\.m)\.?)?"
    r"(?P<clock> ?(?:uhr|h|o'?clock))?"
    r"(?P<part> (?:in the morning|in the evening|morgens|früh|abends|vormittags|nachmittags|"
    r"in the afternoon|am morgen|am abend))?"
)
_LATE = ("evening", "afternoon", "abends", "nachmittags", "abend", "pm", "p.m")
_AT = rf"(?:at|um|gegen|@|hour:?|stunde:?) {_HOUR}"
_WHEN = re.compile(
    rf"{_FILL}(?:{_CADENCE}|{_EACH})(?:{_ON})??(?:,? (?:{_AT}))?{_END}", re.IGNORECASE
)
_HOUR_ALONE = re.compile(rf"{_FILL}(?:(?:at|um|@|hour:?|stunde:?) )?{_HOUR}{_END}", re.IGNORECASE)
_PER_MAIL = (
    r"(?: (?:per|a|an|each|every|in each|in every|pro|je|in jeder|am|day|tag|e-?mail|mail|digest))*"
)
_LIMIT = (
    r"(?:(?:send|only|just|give|show|i|want|me|at most|max(?:imum|imal)?\.?|no more than|up to|"
    r"limit(?: it)? to|limit|nur|noch|höchstens|nicht mehr als|bis zu|schick(?:e|t)?|zeige?|mir) )*"
    rf"(\d{{1,3}}) (?:papers?|articles|artikeln?|arbeiten|veröffentlichungen){_PER_MAIL}"
    r"(?: (?:only|max(?:imum|imal)?|höchstens|at most|reichen|genügen|is enough|are enough))?|"
    r"(?:(?:the )?(?:number of papers|papers per (?:mail|e-?mail)|anzahl(?: der)? artikel|"
    r"anzahl(?: der)? paper|max papers|artikel pro (?:e-?)?mail|paper pro (?:e-?)?mail)"
    r"(?: to| auf|:)? )(\d{1,3})"
)
_COUNTED = re.compile(r"(?:(?:only|just|nur|noch) )+\d+ \w+|\d+ \w+ only", re.IGNORECASE)
_STOP_WORD = (
    r"(?:(?:send|the|my|me|mir|die|den|mails?|e-?mails?|digests?|newsletter|subscription|it) )*"
)
_PAUSE_WORD = r"(?:pause[dn]?|pausiere[n]?|snooze|suspend|hold|aussetzen)"
_UNTIL = r"(?:until|till?|'?til|bis(?: zum| einschließlich)?)"
_FOR = r"(?:(?:for(?: the next)?|für(?: die nächsten)?|um|the|the next|die nächsten) )?"
_SPAN = r"((?:\d{1,3}|[a-zäöü]{1,6}) [a-z]{3,7})"
_PAUSES = (
    (rf"{_STOP_WORD}{_PAUSE_WORD} {_STOP_WORD}{_UNTIL} (.{{3,30}}?)", read_date),
    (
        rf"(?:die |den )?(?:mails? |newsletter )?{_UNTIL} (.{{3,30}}?) "
        "(?:pausieren|aussetzen|pause)",
        read_date,
    ),
    (rf"{_STOP_WORD}{_PAUSE_WORD} {_STOP_WORD}{_FOR}{_SPAN}", read_span),
    (rf"{_FOR}{_SPAN} (?:long )?(?:pause|break|pausieren|aussetzen)", read_span),
)
_MOST_PAPERS = 500


def schedule_patterns(today: date) -> tuple[Pattern, ...]:
    """Return the patterns; today: the date where the reader lives."""
    pauses = [pattern(text, _pause(read, today)) for text, read in _PAUSES]
    return (
        Pattern(_WHEN, _unless(_REMARKS, _when)),
        Pattern(_WHEN, _when, only_wished=True),
        Pattern(_HOUR_ALONE, _hour_alone),
        Pattern(_HOUR_ALONE, _hour_of, only_wished=True),
        pattern(_LIMIT, _unless(_COUNTED, _papers)),
        pattern(_LIMIT, _papers, only_wished=True),
        *pauses,
    )


def _unless(remark: re.Pattern[str], say: Say) -> Say:
    """Return what says nothing of a clause that is a remark as a whole."""
    return lambda found: () if remark.fullmatch(found[0]) else say(found)


def _papers(found: Match[str]) -> Sequence[Command]:
    count = int(found[1] or found[2])
    return (Command(Kind.PAPERS, count),) if 0 < count <= _MOST_PAPERS else ()


def _pause(
    read: Callable[[str, date], date | None], today: date
) -> Callable[[Match[str]], Sequence[Command]]:
    def say(found: Match[str]) -> Sequence[Command]:
        day = read(found[1], today)
        return (Command(Kind.PAUSE, day),) if day is not None else ()

    return say


def _when(found: Match[str]) -> Sequence[Command]:
    """Return cadence, weekday and hour; a day of the week makes it weekly."""
    said: list[Command] = []
    day = found["each"] or found["plural"]
    cadence = next((name for name in _CADENCES if found[name]), "weekly")
    said.append(Command(Kind.CADENCE, cadence))
    named = [each for each in (day, found["on"]) if each]
    if len(named) > 1 or (named and cadence != "weekly"):
        return ()
    if named:
        weekday = read_weekday(named[0].casefold().removeprefix("on "))
        if weekday is None:
            return ()
        said.append(Command(Kind.WEEKDAY, weekday))
    if found["hour"]:
        hour = _hour(found)
        if hour is None:
            return ()
        said.append(Command(Kind.HOUR, hour))
    return said


def _hour_alone(found: Match[str]) -> Sequence[Command]:
    """Return the hour; one without "at" or a verb says none, be it "10:00" or a number."""
    led = re.search(
        r"\b(?:at|um|hour:?|stunde:?|uhrzeit:?|time:?) \d|@ ?\d", found[0], re.IGNORECASE
    )
    if led:
        return _hour_said(found)
    return _hour_of(found) if _VERB.match(found[0]) else ()


def _hour_of(found: Match[str]) -> Sequence[Command]:
    """Return the hour of a wish; a number alone says none."""
    shown = found["minute"] or found["half"] or found["clock"]
    return _hour_said(found) if shown else ()


def _hour_said(found: Match[str]) -> Sequence[Command]:
    hour = _hour(found)
    return (Command(Kind.HOUR, hour),) if hour is not None else ()


def _hour(found: Match[str]) -> int | None:
    """Return the hour of the day; None for minutes and for what no clock shows."""
    hour, half = int(found["hour"]), (found["half"] or "").casefold()
    late = half in _LATE or (found["part"] or "").casefold().strip().endswith(_LATE)
    if int(found["minute"] or 0) or (half and not 1 <= hour <= _NOON):
        return None
    if half and hour == _NOON:
        return _NOON if late else 0
    if late and hour < _NOON:
        hour += _NOON
    return hour if hour <= 23 else None
