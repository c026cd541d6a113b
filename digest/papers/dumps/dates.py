"""Read the date line of a dump: "Mar 17", "March 17, 2025", "17 Mar 2025", "2025-03-17"."""

import re
from dataclasses import dataclass
from datetime import date

_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBERS = {
    **{name: number for number, name in enumerate(_NAMES, 1)},
    **{name[:3]: number for number, name in enumerate(_NAMES, 1)},
    "sept": 9,
}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (
        rf"{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?",
        rf"{_DAY}\.?\s+{_MONTH}(?:,?\s+{_YEAR})?",
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
    )
)
_LONGEST = 60  # characters of a date
_LONGEST_LEAP_GAP = 8  # years: 1896 to 1904, 2096 to 2104


@dataclass(frozen=True, slots=True)
class PageDate:
    """A date as it is written, perhaps without a year, perhaps one that does not exist."""

    year: int | None
    month: int
    day: int


def read_date(line: str) -> PageDate | None:
    """Return the date that the line consists of; None when it is any other line."""
    written = line.strip()
    if not 5 <= len(written) <= _LONGEST:  # "May 1"
        return None
    for form in _FORMS:
        if found := form.fullmatch(written):
            year, month, day = found["year"], found["month"].lower(), found["day"]
            number = int(month) if month.isdigit() else _MONTH_NUMBERS[month]
            return PageDate(int(year) if year else None, number, int(day))
    return None


def resolve(written: PageDate, not_after: date) -> date:
    """Return the day that is meant: a missing year is the newest that gives a day <= `not_after`.

    29 February so goes to the newest leap year. Raises ValueError for a day that no year has.
    """
    if written.year is not None:
        return date(written.year, written.month, written.day)
    date(2000, written.month, written.day)  # a leap year: whatever fails here exists in no year
    for year in range(not_after.year, not_after.year - _LONGEST_LEAP_GAP - 1, -1):
        try:
            day = date(year, written.month, written.day)
        except ValueError:  # 29 February outside a leap year
            continue
        if day <= not_after:
            return day
    raise ValueError("no such day before the year 1")
