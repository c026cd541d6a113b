"""Say where a paper stands in its lists, as cards and pages do: "#3 of 96 · 2nd week"."""

from digest.ground.languages.language import ENGLISH, Language
from digest.model import Trend

_LAST_PLACE = 10  # a place is worth telling up to here


def standing(trend: Trend, language: Language = ENGLISH) -> str:
    """Return a paper's best place of the week, and in which week of being listed it is.

    Never empty. Lists without an order give no place; nor do the later ones of a list.
    """
    place = trend.best_rank if trend.week_rank is None else trend.week_rank
    said = []
    if 0 < place <= _LAST_PLACE:
        said.append(_place(place, trend.list_size, language))
    if trend.weeks > 1:
        week = language.ordinal(trend.weeks)
        # Translators: the second week in which a paper is on the lists; "2." in German
        said.append(language.gettext("%(ordinal)s week", ordinal=week))
    return " · ".join(said) or _how_often(trend, language)


def _place(place: int, size: int | None, language: Language) -> str:
    if size is None or size < place:  # an edition that was opened before sizes were kept
        return language.gettext("#%(place)s", place=place)
    return language.gettext("#%(place)s of %(size)s", place=place, size=language.number(size))


def _how_often(trend: Trend, language: Language) -> str:
    if trend.dumps == 1 or trend.weeks == 1:
        return language.gettext("newly listed")
    return language.ngettext("in %(count)s list", "in %(count)s lists", trend.dumps)
