from hypothesis import given
from hypothesis import strategies as st

from digest.model import Pick, Reason, ReasonKind
from digest.selection.arrangement import Section, arrange, in_mail_order

SPEECH, VISION = (Reason(ReasonKind.TOPIC, slug) for slug in ("speech", "vision"))
TRENDING, OUTSIDE = Reason(ReasonKind.TRENDING), Reason(ReasonKind.OUTSIDE, "vision")
REASONS = st.sampled_from([SPEECH, VISION, TRENDING, OUTSIDE, Reason(ReasonKind.LIKED, "A Title")])
PICKS = st.lists(REASONS, max_size=12).map(
    lambda reasons: [Pick(number, reason) for number, reason in enumerate(reasons)]
)


def test_the_best_come_first_and_a_heading_stands_over_two_or_more():
    picks = [Pick(n, each) for n, each in enumerate([SPEECH, VISION, SPEECH, SPEECH, VISION])]
    assert arrange(picks, 1) == [
        Section(None, (picks[0],)),
        Section(VISION, (picks[1], picks[4])),
        Section(SPEECH, (picks[2], picks[3])),
    ]


def test_a_paper_alone_stands_before_the_sections():
    picks = [Pick(n, each) for n, each in enumerate([SPEECH, SPEECH, VISION])]
    assert arrange(picks, 0) == [
        Section(None, (picks[2],)),
        Section(SPEECH, (picks[0], picks[1])),
    ]


def test_what_trends_and_what_comes_from_outside_share_a_heading():
    picks = [Pick(1, OUTSIDE), Pick(2, SPEECH), Pick(3, TRENDING), Pick(4, TRENDING)]
    assert arrange(picks, 0) == [
        Section(None, (picks[1],)),
        Section(TRENDING, (picks[2], picks[3], picks[0])),
    ]
    assert arrange(picks[:1], 0) == [Section(OUTSIDE, tuple(picks[:1]))]


@given(PICKS, st.integers(0, 5))
def test_nothing_is_lost_and_the_order_of_a_mail_stays(picks, leads):
    ordered = in_mail_order(picks, leads)
    assert sorted(ordered) == sorted(picks)
    assert in_mail_order(ordered, leads) == ordered
    assert ordered[:leads] == tuple(picks[:leads])
    *sections, last = arrange(picks, leads) or [Section(None, ())]
    assert all(len(each.picks) > 1 for each in sections if each.heading is not None)
    assert last.heading in (None, TRENDING, OUTSIDE) or len(last.picks) > 1
