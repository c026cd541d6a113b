"""Made-up returned mails of all shapes: what is right and wrong, by the shape of the mail."""

from collections import Counter

import pytest

from tests.intake.returned.corpus import (
    EDITION,
    FOLDER,
    SUBSCRIBER,
    expectations,
    outcome,
    read,
)

ALL = expectations()


@pytest.mark.parametrize("expected", ALL, ids=lambda each: each.name)
def test_each_returned_mail_is_understood(expected):
    assert outcome(expected.name) == expected


def test_the_table_names_every_file_once():
    names = [each.name for each in ALL]
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.eml"))
    assert len(set(names)) == len(names) >= 60


def test_what_is_trusted_tells_whose_delivery_it_was_and_what_is_not_tells_nothing():
    for each in ALL:
        for feedback in read(each.name).feedback:
            whose = (feedback.subscriber_id, feedback.edition)
            assert whose == ((SUBSCRIBER, EDITION) if feedback.trusted else (None, None))
            assert "@" not in feedback.words, each.name
            assert len(feedback.words) <= 500


def test_the_counts_by_shape():
    """Print how many mails of each sender are read rightly: run with `-s`."""
    right, wrong = Counter(), Counter()
    for each in ALL:
        shape = each.name.partition("-")[0]
        (right if outcome(each.name) == each else wrong)[shape] += 1
    for shape in sorted(right | wrong):
        print(f"{shape:12} {right[shape]:3} right {wrong[shape]:3} wrong")
    assert not wrong
