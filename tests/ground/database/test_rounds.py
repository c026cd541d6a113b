"""Many requests, one transaction, and one that fails costs itself alone."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from digest.errors import DigestError, InputError, LockedError, UnreachableError
from digest.ground.database.engine import Database
from digest.ground.database.rounds import MOST, Rounds


class Notes:
    """A table of numbers, and what writes into it in rounds."""

    def __init__(self, database: Database, transaction: Callable | None = None) -> None:
        self.database = database
        self.commits = 0
        self.largest = 0
        with database.write() as session:
            session.execute(text("CREATE TABLE notes (number INTEGER PRIMARY KEY)"))
        self.rounds = Rounds(transaction or self._transaction, self._write, "notes")

    @contextmanager
    def _transaction(self, lock_seconds: float) -> Iterator[Session]:
        with self.database.write(row_lock_seconds=lock_seconds) as session:
            yield session
        self.commits += 1

    def _write(self, session: Session, numbers: Sequence[int]) -> list[str | DigestError]:
        """Note numbers; one below zero is an error that is foreseen, one that is there is not."""
        self.largest = max(self.largest, len(numbers))
        for number in numbers:
            if number >= 0:
                session.execute(text("INSERT INTO notes VALUES (:number)"), {"number": number})
        return [InputError("below zero") if one < 0 else f"noted {one}" for one in numbers]

    def ask(self, numbers: Sequence[int]) -> list[str | BaseException]:
        """Ask for all of them at once."""

        async def ask_all() -> list[str | BaseException]:
            asked = (self.rounds.ask(number) for number in numbers)
            return await asyncio.gather(*asked, return_exceptions=True)

        with self.rounds:
            return asyncio.run(ask_all())

    def stored(self) -> set[int]:
        with self.database.read() as session:
            return set(session.scalars(text("SELECT number FROM notes")))


def test_many_who_ask_at_once_share_a_few_transactions(database):
    notes = Notes(database)
    numbers = list(range(200))
    assert notes.ask(numbers) == [f"noted {number}" for number in numbers]
    assert notes.stored() == set(numbers)
    assert notes.largest <= MOST
    assert notes.commits <= 200 // MOST + 3  # the first may have begun alone


def test_a_foreseen_error_is_the_answer_of_who_asked(database):
    notes = Notes(database)
    one, wrong, other = notes.ask([1, -1, 2])
    assert (one, other) == ("noted 1", "noted 2")
    assert isinstance(wrong, InputError)
    assert notes.stored() == {1, 2}


def test_one_that_fails_costs_itself_alone(database):
    notes = Notes(database)
    notes.ask([7])
    numbers = list(range(60))
    answers = notes.ask(numbers)
    failed = [one for one, said in zip(numbers, answers, strict=True) if not isinstance(said, str)]
    assert failed == [7]
    assert notes.stored() == set(numbers)


def test_a_database_that_is_away_is_everybodys_error(database):
    @contextmanager
    def away(_lock_seconds: float) -> Iterator[Session]:
        raise UnreachableError("nobody is there")
        yield

    notes = Notes(database, away)
    answers = notes.ask(range(20))
    assert {type(each) for each in answers} == {UnreachableError}
    assert notes.stored() == set()


@pytest.mark.timeout(60)
def test_a_row_that_somebody_else_holds_costs_whoever_wants_it_alone(postgres_url):
    database = Database(postgres_url)
    notes = Notes(database)
    notes.ask(range(60))

    def touch(session: Session, numbers: Sequence[int]) -> list[str]:
        change = text("UPDATE notes SET number = number WHERE number = :number")
        for number in numbers:
            session.execute(change, {"number": number})
        return [f"touched {number}" for number in numbers]

    with database.write() as other:
        touch(other, [7, 41])
        began = time.monotonic()
        notes.rounds = Rounds(notes._transaction, touch, "touched")
        answers = notes.ask(range(60))
        took = time.monotonic() - began
    held = [number for number, said in enumerate(answers) if isinstance(said, LockedError)]
    assert held == [7, 41]
    assert [said for said in answers if isinstance(said, str)] == [
        f"touched {number}" for number in range(60) if number not in held
    ]
    assert took < 30  # it does not wait until the other is done
    assert notes.ask([7]) == ["touched 7"]
    database.close()


def test_it_can_begin_again_after_its_end(database):
    notes = Notes(database)
    assert notes.ask([1]) == ["noted 1"]
    assert notes.ask([2]) == ["noted 2"]


@pytest.mark.timeout(30)
def test_the_end_answers_who_still_waits(database):
    notes = Notes(database)

    async def ask_and_end() -> list[str]:
        asked = [asyncio.create_task(notes.rounds.ask(number)) for number in range(100)]
        await asyncio.sleep(0)
        await asyncio.to_thread(notes.rounds.__exit__)
        return await asyncio.gather(*asked)

    assert len(asyncio.run(ask_and_end())) == 100
    assert len(notes.stored()) == 100
