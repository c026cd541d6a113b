from digest.model import Pick, Reason, ReasonKind
from digest.render.digest.bodies import split_sections

TOPIC = Reason(ReasonKind.TOPIC, "speech")
TRENDING = Reason(ReasonKind.TRENDING)


def test_neighbours_with_the_same_reason_share_a_section():
    picks = [Pick(1, TOPIC), Pick(2, TOPIC), Pick(3, TRENDING), Pick(4, TOPIC)]
    sections = [(each.reason, each.paper_ids) for each in split_sections(picks)]
    assert sections == [(TOPIC, [1, 2]), (TRENDING, [3]), (TOPIC, [4])]


def test_no_picks_make_no_sections():
    assert split_sections([]) == []
