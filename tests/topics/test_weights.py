import pytest

from digest.errors import InputError
from digest.topics.weights import Weights, parse_topic_weights, write_weights

WEIGHTS = Weights(
    -40, {"bees": (-300, 50), "maths": (-200, 25)}, {"hive": (0, 300, 1, -150), "wax comb": (0, 25)}
)


def test_words_move_topics_both_ways():
    leanings = WEIGHTS.leanings({"hive": 100, "roof": 100}, length=100)
    assert leanings == {"bees": 0.0, "maths": -3.5}
    assert Weights().leanings({"hive": 100}, length=100) == {}


def test_what_is_written_is_read_again():
    data = write_weights(["Made up."], WEIGHTS)
    assert data.decode().splitlines() == [
        "# Made up.",
        "threshold -40",
        "topic bees -300 50",
        "topic maths -200 25",
        "hive:0=300 1=-150",
        "wax comb:0=25",
    ]
    assert parse_topic_weights(data) == WEIGHTS


@pytest.mark.parametrize(
    "line", ["hive:0", "hive:0=much", "hive:0=1=2", "hive:2=1", "topic x", "level 3", "nonsense"]
)
def test_a_line_that_cannot_be_read_is_named(line):
    with pytest.raises(InputError, match="line 4"):
        parse_topic_weights(f"# x\n\ntopic bees 1 2\n{line}\n".encode())
