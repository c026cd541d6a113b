"""Read the dates of feeds and lists, as they are spelt: exactly, or as the month or year they name.

Standard spellings (RFC 3339, ISO 8601, RFC 822) are read by the standard library, others by
python-dateutil. What neither reads is no date: nothing is filled in from today.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache

from babel import Locale
from dateutil import parser

_LONGEST = 100  # characters
# Whose names of months are read. No short or long name means different months in two of them.
_LANGUAGES = (
    *("en", "cs", "da", "de", "el", "es", "fi", "fr", "hu", "id", "it", "nb", "nl"),
    *("pl", "pt", "ro", "ru", "sv", "tr", "uk"),
)
_FILLERS = ("de", "del", "den", "di", "do", "le", "el", "il", "h", "г", "года", "р")  # noqa: RUF001
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LONG_NUMBER = re.compile(r"\d{15}")
_DIGIT = re.compile(r"\d")
_YEAR_FIRST = re.compile(r"\d{4}\D")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|((?:19|20)\d\d)(\d\d)")
_DAY_OF_YEAR = re.compile(r"(\d{4})-?(\d{3})")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")  # since 1970; thousandths of them
_EAST_ASIA = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_MIDNIGHT = re.compile(r"(?<=[T ])24:00(?::00)?(?!\d)")
_LEAP_SECOND = re.compile(r"(:\d\d):60(?!\d)")
# A date within other words: of a weekday in some language, a label, a zone in brackets.
_WITHIN = re.compile(
    r"(?<!\d)(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}"
    r"|\d{1,2}\.? (?:de )?[^\W\d]{3,12}\.?,? (?:de )?\d{4}"
    r"|(?<!\w)[^\W\d]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})(?!\d)"
)
# Dates by which programs say that they have none.
_NEVER = {date(1, 1, 1), date(1601, 1, 1), date(1970, 1, 1)}


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day that a date can mean: a month or a year has many."""

    first: date
    last: date

    def meets(self, first: date, last: date) -> bool:
        """Whether one of its days is from `first` to `last`."""
        return self.first <= last and first <= self.last


def read_days(text: str) -> tuple[Days, ...]:
    """Return what a date can mean: nothing if it cannot be read, two if day and month can change.

    A moment is a day in UTC.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or _LONG_NUMBER.search(text):
        return ()
    text = _EAST_ASIA.sub(r"\1-\2-\3 ", text).strip()
    text = _LEAP_SECOND.sub(r"\1:59", _MIDNIGHT.sub("23:59", text))
    found = _standard(text) or _numbers(text) or _by_dateutil(text)
    if not found and (inner := _WITHIN.search(text)):
        found = _by_dateutil(inner[0])
    if not found and (year := _YEAR.search(text)) and len(_DIGIT.findall(text)) == len(year[0]):
        found = (_year(int(year[0])),)  # of a season, say
    return tuple(days for days in found if days.first not in _NEVER)


def read_day(text: str) -> date | None:
    """Return the day that a date means; None if it means no single one."""
    found = read_days(text)
    return found[0].first if found and found[0].first == found[0].last else None


def _standard(text: str) -> tuple[Days, ...]:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return (_day(read(text)),)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return ()


def _numbers(text: str) -> tuple[Days, ...]:
    """Read a year, a month, a day of a year, and seconds since 1970."""
    try:
        if _SECONDS.fullmatch(text):
            seconds = float(text) / (1000 if len(text.partition(".")[0]) > 10 else 1)
            return (_day(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),)
        if _YEAR.fullmatch(text):
            return (_year(int(text)),)
        if found := _MONTH.fullmatch(text):
            return (_month(int(found[1] or found[3]), int(found[2] or found[4])),)
        if found := _DAY_OF_YEAR.fullmatch(text):
            day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
            return (Days(day, day),) if day.year == int(found[1]) else ()
    except (ValueError, OverflowError):
        pass
    return ()


def _by_dateutil(text: str) -> tuple[Days, ...]:
    """Read everything else, day before month as well as month before day."""
    orders = (False,) if _YEAR_FIRST.match(text) else (True, False)
    readings = (_parts(text, day_first) for day_first in orders)
    return tuple(dict.fromkeys(days for days in readings if days))


def _parts(text: str, day_first: bool) -> Days | None:
    """Return what dateutil reads; what differs with what it is told to fill in is not there."""
    try:
        one, other = (
            _names().parse(text, default=default, dayfirst=day_first, tzinfos=_zone)
            for default in (datetime(1904, 1, 1), datetime(1908, 2, 2))  # noqa: DTZ001
        )
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    if one.year != other.year:
        return None
    if one.month != other.month:
        return _year(one.year)
    return _day(one) if one.day == other.day else _month(one.year, one.month)


def _zone(_name: str | None, offset: int | None) -> tzinfo | int | None:
    """Return the zone that a date names by its offset; a name that it does not know is UTC."""
    return UTC if offset is None else offset


@cache
def _names() -> parser.parser:
    """Return a parser that knows months in many languages (Unicode CLDR)."""
    months: list[set[str]] = [set() for _ in range(12)]
    for language in _LANGUAGES:
        for forms in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    months[number - 1].add(name.lower().rstrip("."))
    months[7] |= {"aout"}
    months[8] |= {"sept"}

    names = type(
        "Names",
        (parser.parserinfo,),
        {
            "MONTHS": [tuple(sorted(one)) for one in months],
            "JUMP": [*parser.parserinfo.JUMP, *_FILLERS],
        },
    )
    return parser.parser(names())


def _day(moment: datetime) -> Days:
    day = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    return Days(day, day)


def _month(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _year(year: int) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31))
