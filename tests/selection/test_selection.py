"""What must hold for the choice of papers, whatever the edition and whoever reads."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import (
    Cadence,
    Candidate,
    DeliverySchedule,
    Edition,
    EmptyDay,
    Pick,
    Reason,
    ReasonKind,
    Vote,
)
from digest.selection.batch_preferences import LIKED, batch_preferences, unmatched
from digest.selection.explanation import explain
from digest.selection.selection import MOST_FILLED, SHORTEST_WITH_OUTSIDE, Chooser, select
from tests.factories import (
    make_candidate,
    make_edition,
    make_matrix,
    make_paper,
    make_preferences,
    make_reader,
)

TOPICS = ("compression", "speech", "coding")
UNKNOWN = "astrology"  # not in the catalogue any more
PHRASES = ("noise", "small models", "proofs")
SUBJECTS = ("", "", "Codecs of whispered speech. ", "Lemmas of triangles in planes. ")
scores = st.sampled_from([0.0, 0.0, 0.0, 0.31, 0.4, 0.5, 0.75, 1.0])
confidences = st.dictionaries(
    st.sampled_from([*TOPICS, UNKNOWN]), st.sampled_from([0.0001, 0.2, 0.5, 0.9, 1.0]), max_size=3
)


@st.composite
def matrices(draw, max_size=30):
    size = draw(st.integers(0, max_size))
    trends = sorted(draw(st.lists(st.floats(0, 1), min_size=size, max_size=size)), reverse=True)
    subjects = draw(st.lists(st.sampled_from(SUBJECTS), min_size=size, max_size=size))
    candidates: list[Candidate] = [
        make_candidate(
            make_paper(100 + place, abstract=subject * 3, topics=draw(confidences)),
            score=score,
            weekly=draw(st.none() | st.floats(0, 1)),
        )
        for place, (score, subject) in enumerate(zip(trends, subjects, strict=True))
    ]
    plain = make_edition()
    edition = Edition(draw(st.dates()), plain.sends_at, plain.domain, tuple(candidates))
    phrases = {phrase: draw(st.lists(scores, min_size=size, max_size=size)) for phrase in PHRASES}
    return make_matrix(edition, TOPICS, phrases)


weights = st.sampled_from([0.001, 0.5, 1.0, 2.0, 10.0])
preferences = st.builds(
    make_preferences,
    topics=st.dictionaries(st.sampled_from([*TOPICS, UNKNOWN]), weights),
    interests=st.lists(st.sampled_from(PHRASES), unique=True),
    muted=st.lists(st.sampled_from(PHRASES), unique=True, max_size=1),
    max_papers=st.integers(1, 12),
    schedule=st.sampled_from([DeliverySchedule(), DeliverySchedule(Cadence.WEEKLY)]),
)
voted = st.builds(
    Vote, st.integers(95, 130).map(lambda id: make_paper(id)), st.sampled_from([1, -1])
)
readers = st.builds(
    make_reader,
    id=st.integers(1, 1000),
    preferences=preferences,
    sent=st.lists(st.integers(95, 130), max_size=6),
    votes=st.lists(voted, max_size=3, unique_by=lambda vote: vote.paper.id),
)


LIKES = Vote(make_paper(50, abstract=SUBJECTS[2] * 3), 1)


def lively_matrix():
    """Twelve papers, on which every wish and vote makes a difference."""
    papers = [
        make_candidate(
            make_paper(
                number,
                abstract=SUBJECTS[number % 4] * 3,
                topics={TOPICS[number % 3]: 0.9 - number / 20},
            ),
            score=0.9 - number / 20,
            weekly=number / 20,
        )
        for number in range(1, 13)
    ]
    plain = make_edition()
    phrases = {
        "noise": [0, 0.4, 0, 0, 1.0] + [0] * 7,
        "small models": [0] * 7 + [1.0, 0.5, 0, 0, 0],
        "proofs": [0, 1.0, 1.0] + [0] * 9,
    }
    edition = replace(plain, candidates=tuple(papers))
    return make_matrix(edition, TOPICS, phrases)


def choose(matrix, reader):
    return select(matrix, [reader])[0]


def matching(matrix, reader):
    """Return, for each thing followed, the papers that match it and may come."""
    if not matrix.size:
        return {}
    wanted = batch_preferences(matrix, [reader])
    return {
        follow.reason: {matrix.paper_ids[p] for p in follow.matches.members - wanted.excluded[0]}
        for follow in wanted.followed[0]
    }


@given(matrices(), st.lists(readers, max_size=6), st.randoms())
def test_a_reader_gets_the_same_alone_and_in_any_batch(matrix, batch, random):
    alone = [choose(matrix, reader) for reader in batch]
    assert select(matrix, batch) == alone
    order = random.sample(range(len(batch)), len(batch))
    assert select(matrix, [batch[place] for place in order]) == [alone[place] for place in order]


@given(matrices(), st.lists(st.lists(readers, max_size=4), max_size=4))
def test_whoever_came_before_each_reader_gets_what_he_would_get_alone(matrix, batches):
    chooser = Chooser(matrix)
    for batch in batches:
        assert chooser.choose(batch) == [choose(matrix, reader) for reader in batch]


AGREES = make_reader(
    1, make_preferences({"coding": 2.0, "speech": 1.0}, ["noise"], ["proofs"], 4), [5], [LIKES]
)
WANTS = AGREES.preferences


@pytest.mark.parametrize(
    "other",
    [
        replace(AGREES, preferences=replace(WANTS, topics={"coding": 1.0, "speech": 2.0})),
        replace(AGREES, preferences=replace(WANTS, topics={"coding": 2.0})),
        replace(AGREES, preferences=replace(WANTS, interests=("small models",))),
        replace(AGREES, preferences=replace(WANTS, muted=())),
        replace(AGREES, preferences=replace(WANTS, max_papers=3)),
        replace(AGREES, preferences=replace(WANTS, schedule=DeliverySchedule(Cadence.WEEKLY))),
        replace(AGREES, sent=frozenset()),
        replace(AGREES, votes=()),
        replace(AGREES, votes=(LIKES._replace(value=-1),)),
    ],
)
def test_who_differs_in_anything_that_counts_gets_picks_of_their_own(other):
    matrix = lively_matrix()
    chooser = Chooser(matrix)
    assert chooser.choose([AGREES]) != chooser.choose([other])
    assert chooser.choose([other, AGREES]) == [choose(matrix, other), choose(matrix, AGREES)]


def test_who_agrees_on_all_that_counts_shares_the_picks():
    chooser = Chooser(lively_matrix())
    twin = replace(AGREES, subscriber_id=2, address="twin@example.org", name="Twin")
    (first,), (second,) = chooser.choose([AGREES]), chooser.choose([twin])
    assert first is second


def test_who_has_not_been_seen_for_long_is_chosen_for_anew():
    matrix = lively_matrix()
    chooser = Chooser(matrix, cached=2)
    some = [replace(AGREES, sent=frozenset([sent])) for sent in (1, 2, 3)]
    chosen = [picks for reader in (*some, *some) for picks in chooser.choose([reader])]
    assert chosen == 2 * [choose(matrix, reader) for reader in some]
    assert chosen[0] is not chosen[3]
    assert chooser.choose(some) == chosen[:3]  # more in one batch than are kept


def test_a_long_mail_beside_it_does_not_change_a_short_one():
    """Two speech papers rank below all of the noise, and the better match has less trend."""
    confidences = [*[0.0] * 8, 0.499, 0.5]
    papers = [make_paper(place, topics={"speech": c}) for place, c in enumerate(confidences)]
    matrix = make_matrix(make_edition(papers), phrases={"noise": [1] * 8 + [0, 0]})
    prefs = make_preferences({"speech": 1}, interests=["noise"], max_papers=2)
    short, long = make_reader(1, prefs), make_reader(2, replace(prefs, max_papers=10))
    assert [pick.paper_id for pick in choose(matrix, short)] == [0, 9]
    assert select(matrix, [short, long])[0] == choose(matrix, short)


@given(matrices(), readers)
def test_never_too_long_never_twice_never_sent_before_never_muted(matrix, reader):
    picks = choose(matrix, reader)
    ids = [pick.paper_id for pick in picks]
    assert len(ids) == len(set(ids)) <= reader.preferences.max_papers
    assert not reader.sent & set(ids)
    assert not {vote.paper.id for vote in reader.votes} & set(ids)
    for phrase in reader.preferences.muted:
        assert not {matrix.position_of[id_] for id_ in ids} & matrix.muted_by(phrase)


@given(matrices(), readers)
def test_the_mail_is_as_long_as_it_can_be_with_three_papers_at_most_that_only_trend(matrix, reader):
    seen = reader.sent | {vote.paper.id for vote in reader.votes}
    excluded = {matrix.position_of[id_] for id_ in seen if id_ in matrix.position_of}
    for phrase in reader.preferences.muted:
        excluded |= matrix.muted_by(phrase)
    length = reader.preferences.max_papers
    left = matrix.size - len(excluded)
    followed = matching(matrix, reader)
    matched = len(set().union(*followed.values()))
    if not followed:
        expected = min(length, left)
    elif not matched:
        expected = 0
    else:
        outside = length >= SHORTEST_WITH_OUTSIDE and matched < left
        followed_seats = min(matched, length - outside)
        fill = min(MOST_FILLED, length - outside - followed_seats, left - matched - outside)
        expected = followed_seats + fill + outside
    assert len(choose(matrix, reader)) == expected


@given(matrices(), readers)
def test_who_asked_for_a_filled_mail_gets_what_trends_when_nothing_matches(matrix, reader):
    filled = replace(reader.preferences, empty_day=EmptyDay.FILL)
    found = matching(matrix, reader)
    if matrix.size and found and not set().union(*found.values()):
        picks = choose(matrix, replace(reader, preferences=filled))
        assert {pick.reason.kind for pick in picks} <= {ReasonKind.TRENDING}
        assert not choose(matrix, reader)


@given(matrices(), readers)
def test_the_papers_of_an_interest_match_no_other_interest_better(matrix, reader):
    scores = (
        {
            follow.reason: dict(
                zip(follow.matches.positions.tolist(), follow.matches.scores.tolist(), strict=True)
            )
            for follow in batch_preferences(matrix, [reader]).followed[0]
            if follow.reason.kind is ReasonKind.INTEREST
        }
        if matrix.size
        else {}
    )
    for pick in choose(matrix, reader):
        if pick.reason in scores:
            place = matrix.position_of[pick.paper_id]
            best = max(found.get(place, 0) for found in scores.values())
            assert scores[pick.reason][place] == best


@given(matrices(), readers)
def test_the_papers_of_an_interest_come_best_match_first_behind_the_best_of_all(matrix, reader):
    for follow in batch_preferences(matrix, [reader]).followed[0] if matrix.size else ():
        if follow.reason.kind is ReasonKind.INTEREST:
            scores = dict(
                zip(follow.matches.positions.tolist(), follow.matches.scores.tolist(), strict=True)
            )
            shown = [
                scores[matrix.position_of[pick.paper_id]]
                for pick in choose(matrix, reader)[reader.preferences.summaries :]
                if pick.reason == follow.reason
            ]
            assert shown == sorted(shown, reverse=True)


def test_what_no_paper_matches_is_known():
    matrix = make_matrix(
        make_edition(), phrases={"noise": [0, 0, 0, 0, 0], "proofs": [1, 0, 0, 0, 0]}
    )
    prefs = make_preferences({"compression": 1, "coding": 1}, interests=["noise", "proofs"])
    reader = make_reader(preferences=prefs, sent=[1])
    missing = [reason.subject for reason in unmatched(matrix, reader, set())]
    assert missing == ["noise", "proofs", "coding"]


def test_sections_come_by_their_best_match_not_by_name():
    papers = [make_paper(1, topics={"coding": 0.6}), make_paper(2, topics={"speech": 0.9})]
    matrix = make_matrix(make_edition(papers))
    prefs = make_preferences({"coding": 1, "speech": 1}, max_papers=2)
    subjects = [pick.reason.subject for pick in choose(matrix, make_reader(preferences=prefs))]
    assert subjects == ["speech", "coding"]


@given(matrices(), readers)
def test_everything_followed_is_in_the_mail_when_there_are_seats_for_all(matrix, reader):
    picks = choose(matrix, reader)
    ids = {pick.paper_id for pick in picks}
    free = [papers for papers in matching(matrix, reader).values() if papers]
    outside = sum(pick.reason.kind is ReasonKind.OUTSIDE for pick in picks)
    if len(free) <= reader.preferences.max_papers - outside:
        assert all(ids & papers for papers in free)


def picks_only_trend(matrix, reader):
    """Whether nothing that is followed is in the mail."""
    return {pick.reason.kind for pick in choose(matrix, reader)} == {ReasonKind.TRENDING}


@given(matrices(), readers)
def test_every_reason_is_true(matrix, reader):
    found = matching(matrix, reader)
    matched = set().union(*found.values())
    for pick in choose(matrix, reader):
        match pick.reason.kind:
            case ReasonKind.TOPIC | ReasonKind.INTEREST:
                assert pick.paper_id in found[pick.reason]
            case ReasonKind.LIKED:
                assert pick.paper_id in found[LIKED]
                liked = {vote.paper.title for vote in reader.votes if vote.value > 0}
                assert pick.reason.subject in liked
            case ReasonKind.TRENDING:
                ordered = reader.votes and picks_only_trend(matrix, reader)
                assert pick.reason.subject == ("votes" if ordered else "")
                assert pick.paper_id not in matched
            case ReasonKind.OUTSIDE:
                assert pick.paper_id not in matched
                paper = matrix.edition.candidates[matrix.position_of[pick.paper_id]].paper
                greatest = max(paper.topics.values(), default=None)
                assert paper.topics.get(pick.reason.subject) == greatest


@given(matrices(), readers)
def test_one_paper_at_most_is_from_outside_and_it_comes_last(matrix, reader):
    picks = choose(matrix, reader)
    kinds = [pick.reason.kind for pick in picks]
    assert kinds.count(ReasonKind.OUTSIDE) <= 1
    assert ReasonKind.OUTSIDE not in kinds[:-1]
    if reader.preferences.max_papers < SHORTEST_WITH_OUTSIDE:
        assert ReasonKind.OUTSIDE not in kinds


@given(matrices(), readers, st.randoms())
def test_the_order_in_which_topics_were_chosen_does_not_matter(matrix, reader, random):
    topics = list(reader.preferences.topics.items())
    shuffled = replace(reader.preferences, topics=dict(random.sample(topics, len(topics))))
    assert choose(matrix, reader) == choose(matrix, replace(reader, preferences=shuffled))
    assert choose(matrix, reader) == choose(matrix, reader)


@given(matrices(), readers)
def test_an_explanation_agrees_with_the_choice(matrix, reader):
    picks = choose(matrix, reader)
    found = explain(matrix, reader)
    assert len(found) == matrix.size
    assert tuple(Pick(one.candidate.paper.id, one.picked) for one in found if one.picked) == picks
    assert [one.place for one in found][: len(picks)] == list(range(len(picks)))
    for one in found:
        assert one.score == pytest.approx(
            sum(value for _, value in one.parts) + one.trend_part + one.taste_part
        )


def test_an_empty_edition_or_nobody_to_choose_for_gives_nothing():
    edition = make_edition()
    empty = make_matrix(replace(edition, candidates=()))
    assert select(empty, [make_reader(), make_reader(2)]) == [(), ()]
    assert select(make_matrix(edition), []) == []


def test_nothing_is_left_when_everything_was_sent_or_is_muted():
    matrix = make_matrix(make_edition(), phrases={"noise": [0, 0, 0, 1, 1]})
    reader = make_reader(preferences=make_preferences(muted=["noise"]), sent=[1, 2, 3])
    assert choose(matrix, reader) == ()


def test_who_follows_nothing_gets_what_trends():
    matrix = make_matrix(make_edition())
    reader = make_reader(preferences=make_preferences(topics={}, max_papers=4))
    trending = Reason(ReasonKind.TRENDING)
    assert choose(matrix, reader) == tuple(Pick(id_, trending) for id_ in (1, 2, 3, 4))


def test_when_everything_matches_no_seat_is_kept_for_outside():
    """The seat goes to what is followed, under its own heading."""
    matrix = make_matrix(make_edition())
    reader = make_reader(preferences=make_preferences(max_papers=4))
    assert {pick.reason.kind for pick in choose(matrix, reader)} == {ReasonKind.TOPIC}


def test_a_paper_from_outside_is_labelled_with_its_main_topic():
    papers = [make_paper(1), make_paper(2, topics={"coding": 0.4, "speech": 0.6}), make_paper(3)]
    matrix = make_matrix(make_edition(papers))
    picks = choose(matrix, make_reader())
    assert picks[-1] == Pick(2, Reason(ReasonKind.OUTSIDE, "speech"))
    bare = make_matrix(make_edition([make_paper(1), make_paper(2, topics={})]))
    assert choose(bare, make_reader())[-1] == Pick(2, Reason(ReasonKind.OUTSIDE))


def test_interests_come_before_topics_and_stronger_topics_first():
    papers = [make_paper(n, topics={t: 0.9}) for n, t in enumerate(TOPICS, start=1)]
    matrix = make_matrix(
        make_edition([*papers, make_paper(4, topics={})]), phrases={"noise": [0, 0, 0, 1]}
    )
    prefs = make_preferences({"compression": 1, "speech": 3, "coding": 2}, interests=["noise"])
    subjects = [pick.reason.subject for pick in choose(matrix, make_reader(preferences=prefs))]
    assert subjects == ["noise", "speech", "coding", "compression"]


WHISPERS = "Whispered speech is coded by a small codec that hears rooms."
LEMMAS = "Triangles are proven by lemmas that a prover finds in planes."


def test_votes_move_what_comes_first():
    """Three papers match alike; the one that is like what was disliked comes last."""
    texts = [WHISPERS, LEMMAS, "Dust storms darken the panels of rovers."]
    papers = [make_paper(n, abstract=text) for n, text in enumerate(texts, start=1)]
    matrix = make_matrix(make_edition(papers))
    for value, expected in ((1, [2, 1, 3]), (-1, [1, 3, 2])):
        vote = Vote(make_paper(50, "Of lemmas", LEMMAS), value)
        picks = choose(matrix, make_reader(votes=[vote] * 3))
        assert [pick.paper_id for pick in picks] == expected


def test_what_is_much_like_a_liked_paper_comes_although_nothing_else_asks_for_it():
    papers = [make_paper(n, topics={}) for n in range(1, 6)]
    papers.append(make_paper(6, "Small codecs", WHISPERS, topics={}))
    matrix = make_matrix(make_edition(papers))
    liked = make_paper(50, "SmallCodec: whispers", WHISPERS)
    picks = choose(matrix, make_reader(votes=[Vote(liked, 1)]))
    assert picks[0] == Pick(6, Reason(ReasonKind.LIKED, liked.title))
    assert {pick.reason.kind for pick in picks[1:]} == {ReasonKind.TRENDING, ReasonKind.OUTSIDE}


def test_for_who_follows_nothing_votes_order_what_trends():
    papers = [make_paper(1, abstract=WHISPERS), make_paper(2), make_paper(3, abstract=LEMMAS)]
    matrix = make_matrix(make_edition([replace(paper, topics={}) for paper in papers]))
    nothing = make_preferences(topics={})
    disliked = [Vote(make_paper(50 + n, "Whispers", WHISPERS), -1) for n in range(5)]
    picks = choose(matrix, make_reader(preferences=nothing, votes=disliked))
    assert [pick.paper_id for pick in picks] == [2, 3, 1]


def test_a_mail_is_not_filled_with_one_narrow_subject():
    texts = [WHISPERS, WHISPERS, WHISPERS, LEMMAS, "Dust storms darken the panels of rovers."]
    papers = [make_paper(n, abstract=text) for n, text in enumerate(texts, start=1)]
    matrix = make_matrix(make_edition(papers))
    three = make_preferences(max_papers=3)
    assert [p.paper_id for p in choose(matrix, make_reader(preferences=three))] == [1, 4, 5]
    nothing = make_preferences(topics={}, max_papers=4)
    assert [p.paper_id for p in choose(matrix, make_reader(preferences=nothing))] == [1, 4, 5, 2]


def test_the_mail_of_a_weekly_reader_is_the_best_of_the_week():
    """Paper 3 was best on Monday, paper 1 is best today."""
    weekly = {1: 0.4, 2: 0.3, 3: 0.9, 4: 0.8}
    for topics, kind in (({"speech": 0.9}, ReasonKind.TOPIC), ({}, ReasonKind.TRENDING)):
        candidates = tuple(
            make_candidate(make_paper(n, topics=topics), score=1 / (n + 1), weekly=week)
            for n, week in weekly.items()
        )
        matrix = make_matrix(replace(make_edition(), candidates=candidates))
        prefs = make_preferences(dict.fromkeys(topics, 1), max_papers=2)
        each_week = replace(prefs, schedule=DeliverySchedule(Cadence.WEEKLY))
        daily, best = (choose(matrix, make_reader(preferences=p)) for p in (prefs, each_week))
        assert [pick.paper_id for pick in daily] == [1, 2]
        assert [pick.paper_id for pick in best] == [3, 4]
        assert {pick.reason.kind for pick in best} == {kind}


def test_a_weekly_reader_gets_the_best_of_the_week_from_outside():
    candidates = tuple(
        make_candidate(make_paper(n, topics=topics), score=1 / (n + 1), weekly=week)
        for n, topics, week in (
            (1, {"coding": 1}, 0.1),
            (2, {"coding": 1}, 0.9),
            (3, {"speech": 1}, 0),
        )
    )
    matrix = make_matrix(replace(make_edition(), candidates=candidates))
    prefs = make_preferences({"speech": 1}, max_papers=4, schedule=DeliverySchedule(Cadence.WEEKLY))
    picks = choose(matrix, make_reader(preferences=prefs))
    assert picks[-1] == Pick(2, Reason(ReasonKind.OUTSIDE, "coding"))
