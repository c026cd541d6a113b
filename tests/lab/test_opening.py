"""One lab at a time; what cannot be is refused; both databases."""

from datetime import timedelta
from threading import Thread

import pytest

from digest.errors import DigestError, InputError, NotFoundError
from digest.lab import opening
from digest.lab.interleaved import lab_of
from digest.lab.standing import stand
from digest.lab.store import labs
from tests.factories import DAY, NOON


def open_one(database, name="spring", a="standard", b="trend", **options):
    return opening.open_lab(database, name, a, b, now=NOON, **options)


def test_a_lab_is_opened_and_closed(database):
    lab = open_one(database)
    assert (lab.a, lab.b, lab.planned, lab.closed_at) == ("standard", "trend", 6_000, None)
    assert len(lab.seed) == 16
    with pytest.raises(InputError, match="'spring' is open, and there is one at a time"):
        open_one(database, "other")
    closed = opening.close_lab(database, now=NOON + timedelta(days=1))
    assert closed.id == lab.id
    with pytest.raises(NotFoundError, match="No lab is open"):
        opening.close_lab(database, now=NOON)
    with pytest.raises(InputError, match="a lab 'spring' already"):
        open_one(database)
    assert open_one(database, "summer").seed != lab.seed
    assert stand(database).lab.name == "summer"
    assert stand(database, "spring").lab.closed_at == NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"a": "nonsense"}, "no ranking 'nonsense'; there are: standard, trend, match, votes"),
        ({"b": "standard"}, "both are 'standard'"),
        ({"name": " "}, "1 to 64 characters"),
        ({"name": "x" * 65}, "1 to 64 characters"),
        ({"name": "a\nb"}, "1 to 64 characters"),
        ({"planned": 99}, "100 to 1,000,000"),
    ],
)
def test_what_cannot_be_is_refused(database, changes, words):
    with pytest.raises(InputError, match=words):
        open_one(database, **changes)
    with pytest.raises(NotFoundError, match="no lab yet"):
        stand(database)


def test_a_lab_that_is_not_there_is_not_found(database):
    open_one(database)
    with pytest.raises(NotFoundError, match="no lab 'autumn'"):
        stand(database, "autumn")


def test_of_two_at_once_one_opens_its_lab(database):
    found = []

    def try_it(name):
        try:
            found.append(open_one(database, name).name)
        except DigestError:
            found.append(None)

    threads = [Thread(target=try_it, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(None) == 2
    with database.read() as session:
        assert labs.running(session).name in found


def test_an_edition_belongs_to_the_lab_that_ran_when_it_was_opened(app, clock):
    def lab_at_opening():
        return lab_of(app.database, app.editions.foresee(DAY))

    before = app.editions.open(DAY)
    clock.now += timedelta(hours=1)
    lab = opening.open_lab(app.database, "spring", "match", "trend", now=clock())
    assert lab_of(app.database, before) is None
    clock.now += timedelta(hours=1)
    after = app.editions.open(DAY + timedelta(days=1))
    assert lab_of(app.database, after) == lab.interleaving
    clock.now += timedelta(hours=1)
    opening.close_lab(app.database, now=clock())
    assert lab_of(app.database, after) == lab.interleaving
    assert lab_at_opening() is None
