"""Read the dates and spans of English and German replies, such as "1 Feb" and "zwei Wochen"."""

import re
from datetime import date, timedelta

LONGEST_DAYS = 366  # of a pause
_MONTHS = (
    *("jan(?:uary|uar|\\.)?|jänner", "feb(?:ruary|ruar|\\.)?", "m(?:ar(?:ch)?|ärz|aerz|är|rz)\\.?"),
    *("apr(?:il|\\.)?", "ma[yi]", "jun[ei]?\\.?", "jul[yi]?\\.?", "aug(?:ust|\\.)?"),
    *("sept?(?:ember|\\.)?", "o[ck]t(?:ober|\\.)?", "nov(?:ember|\\.)?", "de[cz](?:ember|\\.)?"),
)
_WEEKDAYS = (
    *("mon(?:day)?|montag|mo", "tue(?:s(?:day)?)?|dienstag|di", "wed(?:nesday)?|mittwoch|mi"),
    *("thu(?:rs(?:day)?)?|donnerstag|do", "fri(?:day)?|freitag|fr"),
    *("sat(?:urday)?|samstag|sonnabend|sa", "sun(?:day)?|sonntag|so"),
)
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "ein": 1, "eine": 1, "einen": 1, "two": 2, "zwei": 2},
    **{"three": 3, "drei": 3, "four": 4, "vier": 4, "five": 5, "fünf": 5, "six": 6, "sechs": 6},
}
_SPAN = re.compile(
    rf"(\d{{1,3}}|{'|'.join(_NUMBERS)}) (?:(days?|tage?n?)|(weeks?|wochen?)|(months?|monate?n?))"
)
_MONTH = "(" + "|".join(_MONTHS) + ")"
_YEAR = r"(?:[, ]+(\d{4}))?"
_DAY = r"(\d{1,2})"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?(?:\s?(\d{4}|\d{2}))?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_DAY_FIRST = re.compile(rf"{_DAY}(?:st|nd|rd|th|\.)?(?: of)? ?{_MONTH}{_YEAR}")
_MONTH_FIRST = re.compile(rf"{_MONTH} {_DAY}(?:st|nd|rd|th)?{_YEAR}")
_MONTH_ALONE = re.compile(rf"(?:anfang |beginning of )?{_MONTH}{_YEAR}")
_NEXT = re.compile(r"(?:next |this |coming |nächste[nr]? |kommende[nr]? |diese[nr]? |the )*(\w+)")
_TOMORROW = re.compile("tomorrow|morgen")
_NEXT_WEEK = re.compile("next week|nächste woche")
_BEFORE = re.compile(r"(?:the |zum |den |dem |(?:einschl\.|including) )+")


def read_date(text: str, today: date) -> date | None:
    """Return the date that a text names, after today and within a year; else None.

    A day without a year that has been this year is next year's. Numbers with a slash count where
    only one of the two can be the month, or both are the same.
    """
    words = _BEFORE.sub("", " ".join(text.casefold().split()))
    found = _numbered(words, today) or _spelt(words, today) or _relative(words, today)
    return found if found is not None and 0 < (found - today).days <= LONGEST_DAYS else None


def read_span(text: str, today: date) -> date | None:
    """Return the date after so many days, weeks or months; None for anything else."""
    found = _SPAN.fullmatch(" ".join(text.casefold().split()))
    if found is None:
        return None
    count = _NUMBERS.get(found[1]) or int(found[1])
    if found[4]:
        months = today.month - 1 + count
        first = date(today.year + months // 12, months % 12 + 1, 1)
        day = first + timedelta(days=today.day - 1)  # 31 January and a month: 3 March
    else:
        day = today + timedelta(days=count * (1 if found[2] else 7))
    return day if 0 < (day - today).days <= LONGEST_DAYS else None


def read_weekday(text: str) -> str | None:
    """Return the English name of a day of the week, in small letters; None for anything else."""
    word = text.casefold().removesuffix("s")
    for name, pattern in zip(_NAMES, _WEEKDAYS, strict=True):
        if any(re.fullmatch(pattern, each) for each in (word, text.casefold())):
            return name
    return None


def _numbered(words: str, today: date) -> date | None:
    if found := _ISO.fullmatch(words):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED.fullmatch(words):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := _SLASHED.fullmatch(words):
        one, other = int(found[1]), int(found[2])
        if one > 12 or one == other:
            return _dated(one, other, found[3], today)
        if other > 12:
            return _dated(other, one, found[3], today)
    return None


def _spelt(words: str, today: date) -> date | None:
    if found := _DAY_FIRST.fullmatch(words):
        return _dated(int(found[1]), _month(found[2]), found[3], today)
    if found := _MONTH_FIRST.fullmatch(words):
        return _dated(int(found[2]), _month(found[1]), found[3], today)
    if found := _MONTH_ALONE.fullmatch(words):
        return _dated(1, _month(found[1]), found[2], today)
    return None


def _relative(words: str, today: date) -> date | None:
    if _TOMORROW.fullmatch(words):
        return today + timedelta(days=1)
    if _NEXT_WEEK.fullmatch(words):
        return today + timedelta(days=7 - today.weekday())
    found = _NEXT.fullmatch(words)
    name = read_weekday(found[1]) if found else None
    if name is None:
        return None
    return today + timedelta(days=(_NAMES.index(name) - today.weekday() - 1) % 7 + 1)


def _month(word: str) -> int:
    matching = [re.fullmatch(pattern, word) is not None for pattern in _MONTHS]
    return matching.index(True) + 1


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    """Return a day of a month, of the year that is given or of the next one that has it to come."""
    if year is not None:
        return _date(int(year) + (2000 if len(year) == len("27") else 0), month, day)
    this = _date(today.year, month, day)
    return this if this is None or this >= today else _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # there is no such day
        return None
