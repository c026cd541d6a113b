"""A file that is imported, and who is there then."""

from collections.abc import Callable

import pytest

from digest.ground.database.engine import Database
from digest.model import Subscriber, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.import_report import ImportReport
from digest.subscribers.files.importing import import_file
from digest.subscribers.rules.file_columns import ColumnNames
from tests.factories import NOON, make_vocabulary


@pytest.fixture
def load(database: Database, tmp_path) -> Callable[..., ImportReport]:
    """Import a file with this content; `mapping` and `ignored` as people type them."""

    def load(content: str | bytes, *, name="readers.csv", mapping=(), ignored=(), **order):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        progress = order.pop("progress", lambda _count: None)
        wanted = {"state": SubscriberState.ACTIVE, "now": NOON} | order
        columns = ColumnNames.parse(mapping, ignored)
        order = ImportOrder(columns=columns, **wanted)
        return import_file(database, file, make_vocabulary(), order, progress)

    return load


@pytest.fixture
def everybody(database: Database) -> Callable[[], dict[str, Subscriber]]:
    """Return all subscribers by address."""
    return lambda: {one.address: one for one in subscriptions.iter_all(database)}
