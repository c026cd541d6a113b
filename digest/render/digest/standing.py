"""Say where a paper stands in its lists, as cards and pages do."""

from digest.ground.languages.language import ENGLISH, N_, Language
from digest.model import Trend

_NUMBERS = (  # Translators: as in "in one list" and "in three lists"
    *(N_("one"), N_("two"), N_("three"), N_("four"), N_("five")),
    *(N_("six"), N_("seven"), N_("eight"), N_("nine")),
)
_LAST_PLACE = 10  # a place is worth telling up to here


def standing(trend: Trend, language: Language = ENGLISH) -> str:
    """Return a paper's place: "as high as 3rd in three lists this week, five in total".

    Lists without an order give no place.
    """
    # None: listed longer ago, or in an edition that did not keep the week
    this_week = trend.week_rank is not None
    place = trend.best_rank if trend.week_rank is None else trend.week_rank
    count = trend.week_dumps if this_week else trend.dumps
    said = _place_and_lists(place, count, language, this_week=this_week)
    if trend.dumps > count:
        said += language.gettext(", %(lists)s in total", lists=number_word(trend.dumps, language))
    return said


def number_word(number: int, language: Language = ENGLISH) -> str:
    """Return "one" to "nine"; greater numbers as digits."""
    if 0 < number <= len(_NUMBERS):
        return language.gettext(_NUMBERS[number - 1])
    return language.number(number)


def _place_and_lists(place: int, count: int, language: Language, *, this_week: bool) -> str:
    """Return a paper's best place (0: none) and in how many lists it was.

    Each combination is a message of its own, so that translators can choose case and word order.
    """
    lists = {"lists": number_word(count, language)}
    if not place and count == 1:
        return language.gettext("newly listed")
    if place > _LAST_PLACE:
        place = 0
    if not place and this_week:
        return language.ngettext(
            "in %(lists)s list this week", "in %(lists)s lists this week", count, **lists
        )
    if not place:
        return language.ngettext(
            "in %(lists)s list so far", "in %(lists)s lists so far", count, **lists
        )
    shown = {"place": language.ordinal(place), **lists}
    if this_week:
        return language.ngettext(
            "%(place)s in %(lists)s list this week",
            "as high as %(place)s in %(lists)s lists this week",
            count,
            **shown,
        )
    return language.ngettext(
        "%(place)s in %(lists)s list so far",
        "as high as %(place)s in %(lists)s lists so far",
        count,
        **shown,
    )
