"""Who takes part, and what they voted, is found by indexes; no table is read as a whole."""

import pytest
from sqlalchemy import event, text

from digest.lab.store import counts


@pytest.fixture
def plan(database):
    """Return how the database would run what a function asks for."""

    def explain(ask):
        asked = []
        with database.read() as session:
            connection = session.connection()
            if not database.is_sqlite:
                session.execute(text("SET LOCAL enable_seqscan = off"))

            def note(_connection, _cursor, statement, parameters, *_):
                asked.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", note)
            ask(session)
            event.remove(connection, "before_cursor_execute", note)
            ((statement, parameters),) = asked
            word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
            rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
        return "\n".join(str(row) for row in rows)

    return explain


def test_readers_who_take_part_are_counted_by_an_index(plan):
    assert "ix_subscribers_lab" in plan(lambda session: counts.participants(session, 10_001))


def test_votes_of_an_edition_are_those_of_who_takes_part(plan):
    found = plan(lambda session: counts.votes_on(session, 1))
    assert "SCAN" not in found
    assert "Seq Scan" not in found
