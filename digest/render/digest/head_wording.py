"""Write what stands at the head of a digest: subject, first line, week, how many papers."""

from collections.abc import Sequence
from datetime import date, timedelta

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import shorten
from digest.render.digest.wording import LONGEST, count_text, facts_line

_WEEK = timedelta(days=6)


def about(headline: str, others: int, language: Language = ENGLISH) -> str:
    """Return the subject of a mail: its first paper, and how many papers follow."""
    if not others:
        return headline
    return language.ngettext(
        "%(headline)s, and %(count)s more",
        "%(headline)s, and %(count)s more",
        others,
        headline=headline,
    )


def week(day: date, language: Language = ENGLISH) -> str:
    """Return, for example, "Your week, 24-30 November": the seven days up to `day`."""
    return language.gettext("Your week, %(days)s", days=language.days(day - _WEEK, day))


def preview_line(headlines: Sequence[str], papers: int, language: Language = ENGLISH) -> str:
    """Return the first line of a mail: what the papers behind the subject's one claim.

    headlines: of the next two papers at most; without any, how many papers there are.
    """
    line = "; ".join(headlines) or count_text(papers, language)
    return shorten(line, LONGEST["preview"])


def picked_text(picked: int, of: int, *, new: bool, minutes: int, language: Language) -> str:
    """Return, for example, "10 picked out of 77 new · 4 minutes"."""
    values = {"picked": language.number(picked), "of": language.number(of)}
    if of <= picked:
        said = count_text(picked, language)
    elif new:
        said = language.gettext("%(picked)s picked out of %(of)s new", **values)
    else:
        said = language.gettext("%(picked)s picked out of %(of)s listed", **values)
    length = language.ngettext("%(count)s minute", "%(count)s minutes", minutes)
    return facts_line([said, length])
