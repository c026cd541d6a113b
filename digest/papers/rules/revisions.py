"""Has the abstract of a paper changed? Answered in the order of the dumps' dates."""

from collections.abc import Sequence
from datetime import date

from digest.model import Revision


def same_text(one: str, other: str) -> bool:
    """Whether two abstracts differ in white space at most."""
    return one == other or one.split() == other.split()


def is_revision(abstract: str, day: date, known: Sequence[Revision]) -> bool:
    """Whether a dump of `day` brings a text that the paper did not have at that time.

    known: the paper's revisions, oldest day first. Dumps may come in any order: an old dump that
    comes late and has the old text again brings nothing new. Nor does a text that the paper had on
    that day already: two sources that word it differently take turns all day.
    """
    if not known:
        return True
    if any(same_text(abstract, one.abstract) for one in known if one.day == day):
        return False
    before = [revision for revision in known if revision.day <= day]
    neighbour = before[-1] if before else known[0]
    return not same_text(abstract, neighbour.abstract)
