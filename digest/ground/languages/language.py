"""The language of a mail or a page: its catalogue of messages, its dates and numbers.

English is the source: a message without a translation is shown as it is written in the code.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from gettext import NullTranslations
from typing import Any

from babel import Locale, negotiate_locale
from babel.dates import format_date
from babel.numbers import format_decimal

from digest.ground.languages.marking import N_ as N_

SOURCE = "en"


@dataclass(frozen=True, eq=False)  # there is one of each
class Language:
    """One language. tag: its BCP 47 tag, such as "de"; catalogue: gettext's translations."""

    tag: str
    catalogue: NullTranslations = field(default_factory=NullTranslations, repr=False)

    @property
    def direction(self) -> str:
        """The direction of writing: "ltr" or "rtl"."""
        return Locale.parse(self.tag).text_direction

    @property
    def name(self) -> str:
        """The name of the language in the language itself."""
        return (Locale.parse(self.tag).get_display_name() or self.tag).capitalize()

    def gettext(self, message: str, /, **values: object) -> str:
        """Translate a message and fill its `%(name)s` places; `%%` is a percent sign."""
        return self.catalogue.gettext(message) % values

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Translate a message that depends on a number, which stands at `%(count)s`."""
        words = self.catalogue.ngettext(one, many, count)
        return words % {"count": self.number(count), **values}

    def name_of(self, text: str) -> str:
        """Translate a text without `%(name)s` places; unknown texts stay as they are."""
        return self.catalogue.gettext(text) if text else ""

    def number(self, value: int) -> str:
        """Return a whole number as this language groups its digits."""
        return str(value) if value < 1000 else format_decimal(value, locale=self.tag)

    def ordinal(self, number: int) -> str:
        """Return "1st", "2nd", "11th" in English, and "1." as many other languages have it."""
        if self.tag != SOURCE:
            return f"{number}."
        teen = number % 100 in (11, 12, 13)
        return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"

    def long_date(self, day: date) -> str:
        """Return, for example, "Friday, 21 November 2026"."""
        # Translators: how a date is written out (Unicode TR 35): Friday, 21 November 2026
        return format_date(day, self.gettext("EEEE, d MMMM y"), locale=self.tag)

    def short_date(self, day: date) -> str:
        """Return, for example, "21 Nov"."""
        # Translators: how a date is written in the subject (Unicode TR 35): 21 Nov
        return format_date(day, self.gettext("d MMM"), locale=self.tag)

    def days(self, first: date, last: date) -> str:
        """Return, for example, "24-30 November" or "28 November - 4 December"."""
        # Translators: a day of the month, alone (Unicode TR 35): 24
        alone = self.gettext("d")
        # Translators: a day and its month (Unicode TR 35): 24 November
        whole = self.gettext("d MMMM")
        together = (first.year, first.month) == (last.year, last.month)
        start = format_date(first, alone if together else whole, locale=self.tag)
        end = format_date(last, whole, locale=self.tag)
        return f"{start}-{end}" if together else f"{start} - {end}"

    def weekday(self, number: int) -> str:
        """Return the name of a day of the week; 0 is Monday."""
        days: dict[int, str] = Locale.parse(self.tag).days["format"]["wide"]
        return days[number]

    def callables(self) -> dict[str, Any]:
        """Return what Jinja2's i18n extension installs."""
        return {"gettext": self.catalogue.gettext, "ngettext": self.catalogue.ngettext}


ENGLISH = Language(SOURCE)


def negotiate(accepted: str, known: Collection[str]) -> str:
    """Return the best of the known tags for an Accept-Language header (RFC 9110, 12.5.4).

    English if none fits; of equal preferences the first counts.
    """
    preferred = []
    for item in accepted[:500].split(","):
        tag, _, parameter = item.strip().partition(";")
        preferred.append((-_quality(parameter), tag.strip()))
    wanted = [tag for quality, tag in sorted(preferred, key=lambda one: one[0]) if quality < 0]
    return negotiate_locale(wanted, sorted(known), sep="-") or SOURCE


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
