"""Decide which of two bylines of one paper is the fuller one."""

from digest.model import Byline


def fullest(one: Byline, other: Byline) -> Byline:
    """Return the fuller list of authors and the fuller list of affiliations, each by itself.

    More names win; of as many, those with more letters ("Ada Ode" over "A. Ode"); else `one` stays.
    """
    return Byline(
        max(one.authors, other.authors, key=_fullness),
        max(one.affiliations, other.affiliations, key=_fullness),
    )


def _fullness(names: tuple[str, ...]) -> tuple[int, int]:
    return len(names), sum(map(len, names))
