from itertools import pairwise

from digest.model import Layout, ReasonKind
from digest.render.lint.samples import MOST_CANDIDATES, made_up_edition, make_picks, make_reader
from tests.render.editions import make_edition


def test_every_kind_of_reason_is_looked_at_those_of_one_kind_side_by_side():
    edition = made_up_edition(make_edition(), ["speech", "vision"])
    picks = make_picks(edition.candidates, ["speech", "vision"])
    kinds = [pick.reason.kind for pick in picks]
    assert set(kinds) == set(ReasonKind)
    many = [
        pick.reason
        for pick in make_picks(make_edition(size=MOST_CANDIDATES).candidates, ["speech"])
    ]
    assert sum(one != other for one, other in pairwise(many)) == 4


def test_a_catalogue_without_topics_is_no_trouble():
    edition = made_up_edition(make_edition(), [])
    assert len(make_picks(edition.candidates, [])) == len(edition.candidates)
    assert make_reader([], Layout.FULL, "en").preferences.topics == {}
