import numpy as np
import pytest

from digest.interests.evidence import Evidences
from digest.interests.names import parse_names, parse_words
from digest.interests.occurrences import Occurrences
from digest.interests.positions import Positions, passages_of, word_table
from digest.interests.reading import Facet, Unit
from tests.interests.knowledge import small

KNOWN = small()
POSITIONS = Positions(
    word_table(
        [
            passages_of("Beekeeping", "The apiary is on a roof. Honey is sold."),
            passages_of("On Honey", "Nothing else. Scaling laws hold."),
            passages_of("Legal Texts", "A voice. It is cloned. RLBench helps."),
        ]
    )
)
OCCURRENCES = Occurrences(POSITIONS, KNOWN.learnt, KNOWN.names)
EVIDENCES = Evidences(POSITIONS, OCCURRENCES, KNOWN.learnt, KNOWN.names)


def facts(*units):
    return EVIDENCES.of(Facet(tuple(Unit(key, " ".join(key)) for key in units)))


def test_other_names_count_less_than_own_words_and_narrower_ones_less_still():
    assert facts(("bee",)).best.tolist() == [0.8, 0.6, 0.0]


def test_what_is_no_mention_of_a_name_is_left_out():
    assert facts(("law",)).best.tolist() == [0.0, 0.0, 0.8]


def test_words_in_two_sentences_are_hardly_together():
    apart = facts(("voic",), ("clone",))
    assert 0 < apart.best[2] < 0.5
    assert apart.covered[2] == pytest.approx(1.0)


def test_the_title_is_told_from_the_abstract():
    found = facts(("honey",))
    assert found.title.tolist() == [0.0, 1.0, 0.0]
    assert found.early[0] > 0


def test_the_name_of_a_benchmark_is_read_in_two_words():
    assert np.flatnonzero(facts(("bench",)).best).tolist() == [2]


def test_names_of_several_lines_are_united():
    names = parse_names("a = b ~ c\na ~ d # remark\n\n! e")
    assert set(names.get(("a",)).same) == {("b",)}
    assert set(names.get(("a",)).near) == {("c",), ("d",)}
    assert names.get(("c",)) is None
    assert names.empty == {("e",)}


def test_foreign_words_are_folded():
    assert parse_words("Erklärbarkeit = explainability\n# x\n") == {
        ("erklarbarkeit",): "explainability"
    }
