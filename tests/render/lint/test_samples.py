from itertools import pairwise

from digest.model import Layout, ReasonKind
from digest.render.lint.samples import LOOKED_AT, made_up, picks_of, reader
from tests.render.editions import make_edition


def test_every_kind_of_reason_is_looked_at_those_of_one_kind_side_by_side():
    edition = made_up(make_edition(), ["speech", "vision"])
    picks = picks_of(edition.candidates, ["speech", "vision"])
    kinds = [pick.reason.kind for pick in picks]
    assert set(kinds) == set(ReasonKind)
    many = [pick.reason for pick in picks_of(make_edition(size=LOOKED_AT).candidates, ["speech"])]
    assert sum(one != other for one, other in pairwise(many)) == 3


def test_a_catalogue_without_topics_is_no_trouble():
    edition = made_up(make_edition(), [])
    assert len(picks_of(edition.candidates, [])) == len(edition.candidates)
    assert reader([], Layout.FULL, "en").preferences.topics == {}
