import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summary.cues import Weights, chances, features, parse_weights


def test_weights_are_read_from_their_lines():
    assert parse_weights(
        ["# head\n", "\n", "word show: idea=-20 result=35\n", "a: b: idea=1"]
    ) == Weights({"word show": -20, "a: b": 1}, {"word show": 35})


@pytest.mark.parametrize("line", ["word show", "x: idea", "x: other=3", "x: idea=3 idea"])
def test_any_other_line_is_refused(line):
    with pytest.raises(ValueError, match="line 1"):
        parse_weights([line])


@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=60))
def test_the_chances_of_an_abstracts_sentences_sum_to_one(found, title):
    names = features(found, title)
    assert len(names) == len(found)
    likely = chances(names, {"from start 0": 500, "number": -300, "word a": 10_000})
    assert not found or math.isclose(sum(likely), 1)


def test_the_name_before_the_colon_is_recognised():
    names = features(["We propose Hare, a queue.", "Hares run."], "Hare: A Queue")
    assert "proposes the title's method" in names[0]
    assert "proposes the title's method" not in names[1]
