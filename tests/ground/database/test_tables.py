"""What the columns take and give back."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from digest.ground.database.tables.delivery import BatchRow
from digest.ground.database.tables.readers import SuppressionRow
from tests.factories import NOON
from tests.rows import plan_edition


def test_a_time_without_a_zone_is_refused(database):
    naive = datetime(2026, 11, 19)  # noqa: DTZ001 -- that is what is refused
    row = SuppressionRow(address_hash="0" * 64, reason="", created_at=naive)
    with database.read() as session:
        session.add(row)
        with pytest.raises(StatementError, match="without a time zone"):
            session.flush()


def test_no_time_is_no_time(database):
    plan_edition(database, 1)
    with database.read() as session:
        assert session.scalars(select(BatchRow.leased_until)).one() is None


def test_a_time_with_a_zone_is_kept(database):
    with database.write() as session:
        session.add(SuppressionRow(address_hash="0" * 64, reason="", created_at=NOON))
    with database.read() as session:
        assert session.scalars(select(SuppressionRow.created_at)).one() == NOON
