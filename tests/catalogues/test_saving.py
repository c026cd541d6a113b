"""Versions are added, checked and taken back, on both databases."""

from datetime import timedelta

import pytest

from digest.catalogues import saving
from digest.catalogues.saving import Author
from digest.catalogues.store import versions
from digest.errors import ConflictError, InputError, NotFoundError
from digest.model import SubscriberState
from digest.subscribers.store import subscribers
from tests.factories import NOON, make_preferences
from tests.topics.test_catalogue_file import SMALL

TEXT = SMALL.decode()
MORE = TEXT.replace('"beekeeping"', '"beekeeping", "swarm"')
WITHOUT = TEXT[: TEXT.index('[[topic]]\nslug = "maths"')]
ANN = Author("ann", "a reason")


def save(database, text, author=ANN, **given):
    return saving.save(database, text, author, file=SMALL, now=NOON, **given)


def take_back(database, number, author=ANN, file=SMALL):
    return saving.take_back(database, number, author, file=file, now=NOON)


def text_in_force(database):
    with database.read() as session:
        return saving.text_of(session, versions.in_force(session), SMALL)


def follow(database, topic, state=SubscriberState.ACTIVE):
    with database.write() as session:
        wishes = make_preferences(topics={topic: 1})
        subscribers.add_all(session, [("ann@example.org", "", wishes)], state=state, now=NOON)


def test_a_version_is_in_force_and_can_be_taken_back(database):
    assert text_in_force(database) == TEXT
    first = save(database, MORE, based_on=0)
    assert (first.number, first.saved_by, first.why) == (1, "ann", "a reason")
    second = save(database, MORE.replace("swarm", "queens"))
    assert text_in_force(database) == MORE.replace("swarm", "queens")
    third = take_back(database, 2)
    assert (third.number, third.takes_back) == (3, 2)
    assert text_in_force(database) == MORE
    assert take_back(database, 3).number == 4
    assert text_in_force(database) == MORE.replace("swarm", "queens")
    assert take_back(database, 1).text is None  # the file is in force again, as it is
    assert text_in_force(database) == TEXT
    with database.read() as session:
        found = versions.newest_first(session, limit=3)
        assert [one.number for one in found] == [5, 4, 3]
        assert [one.number for one in versions.newest_first(session, limit=9, before=3)] == [2, 1]
        assert versions.get(session, 2) == second


def test_what_was_never_saved_cannot_be_taken_back(database):
    with pytest.raises(NotFoundError):
        take_back(database, 1)
    save(database, MORE)
    with pytest.raises(InputError, match="cannot be taken back"):
        take_back(database, 0)


def test_every_mistake_of_a_text_is_named(database):
    broken = TEXT.replace('"honey"', '"a + b", "?"').replace("bees", "b" * 70)
    with pytest.raises(InputError) as caught:
        save(database, broken)
    assert "without +" in str(caught.value)
    assert "has no word" in str(caught.value)
    with pytest.raises(InputError, match="longer than 64"):
        save(database, TEXT.replace('"bees"', f'"{"b" * 65}"', 2))
    with pytest.raises(InputError, match="octets"):
        save(database, TEXT + "#" * saving.LONGEST_TEXT)
    for why in ("", " \n", "x" * 1001):
        with pytest.raises(InputError, match="Say in 1 to"):
            save(database, MORE, Author("ann", why))
    assert text_in_force(database) == TEXT


def test_one_of_two_changes_of_the_same_version_is_refused(database):
    save(database, MORE, based_on=0)
    with pytest.raises(ConflictError, match="Version 1 of the catalogue was saved meanwhile"):
        save(database, MORE.replace("swarm", "queens"), based_on=0)


def test_what_changes_nothing_is_refused_unless_the_file_was_changed(database):
    save(database, MORE)
    with pytest.raises(ConflictError, match="in force already"):
        save(database, MORE)
    other = SMALL.replace(b"honey", b"wax")
    again = saving.save(database, MORE, ANN, file=other, now=NOON)
    assert again.file_hash == saving.hash_file(other)


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.ACTIVE])
def test_a_topic_stays_as_long_as_readers_follow_it(database, state):
    follow(database, "maths", state)
    with pytest.raises(ConflictError, match="Topic 'maths' would go, and 1 reader follows it"):
        save(database, WITHOUT)
    assert save(database, WITHOUT, Author("ann", "old", even_followed=True)).number == 1


def test_nobody_who_left_keeps_a_topic(database):
    follow(database, "maths", SubscriberState.UNSUBSCRIBED)
    assert save(database, WITHOUT).number == 1


def test_a_version_that_readers_follow_is_not_taken_back_either(database):
    added = TEXT.replace('slug = "maths"', 'slug = "numbers"') + TEXT[TEXT.index("[[topic]]") :]
    added = added.replace('slug = "bees"', 'slug = "wasps"', 1)
    save(database, added)
    follow(database, "wasps")
    with pytest.raises(ConflictError, match="wasps"):
        take_back(database, 1)


def test_the_stamp_is_another_one_after_each_version(database):
    seen = set()
    for text in (MORE, TEXT):
        with database.read() as session:
            seen.add(versions.stamp(session))
        saving.save(database, text, ANN, file=SMALL, now=NOON + timedelta(seconds=len(seen)))
    with database.read() as session:
        assert versions.stamp(session) not in seen
    assert len(seen) == 2
