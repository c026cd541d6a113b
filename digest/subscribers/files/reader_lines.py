"""Long lists of readers as lines of text: from the columns, without a Subscriber for each.

So 200,000 readers take seconds, and no more memory than a thousand.
"""

import csv
import io
import json
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from digest.ground.database.engine import Database
from digest.subscribers.rules.field_kinds import PreferenceField
from digest.subscribers.rules.reader_filter import EVERYBODY, ReaderFilter
from digest.subscribers.rules.spreadsheet_cells import harmless
from digest.subscribers.store import preferences, reader_lists, subscribers
from digest.subscribers.subscriptions import COLUMNS

STATE = "state"
_encode = json.JSONEncoder(ensure_ascii=False).encode


def iter_json(
    database: Database, wanted: ReaderFilter = EVERYBODY, limit: int | None = None
) -> Iterator[str]:
    """Yield the readers of a filter by id, each as a line of JSON."""
    pieces = preferences.in_pieces(_json_piece)
    with database.read() as session:
        rows = reader_lists.iter_rows(session, wanted, limit=limit)
        for id_, address, name, state, created_at, *stored in rows:
            yield (
                f'{{"email": {encode_basestring(address)}, "name": {encode_basestring(name)}, '
                f'"state": "{subscribers.known_state(id_, state)}", '
                f'{", ".join(pieces(id_, *stored))}, "created_at": "{created_at.isoformat()}"}}'
            )


def iter_csv(database: Database, wanted: ReaderFilter = EVERYBODY) -> Iterator[str]:
    """Yield a CSV file of the readers of a filter, header first, each as its record of COLUMNS.

    The last column is their state, by which an import leaves out whoever is not active. No
    spreadsheet runs what a cell says.
    """
    pieces = preferences.in_pieces(_cell)
    record = io.StringIO()
    writer = csv.writer(record)

    def written(cells: Any) -> str:
        record.seek(0)
        record.truncate()
        writer.writerow(cells)
        return record.getvalue()

    yield written((*COLUMNS, STATE))
    with database.read() as session:
        for id_, address, name, state, _, *stored in reader_lists.iter_rows(session, wanted):
            known = subscribers.known_state(id_, state)
            yield written([harmless(address), harmless(name), *pieces(id_, *stored), known])


def _json_piece(field: PreferenceField, value: Any) -> str:
    return f'"{field.name}": {_encode(field.store(value))}'


def _cell(field: PreferenceField, value: Any) -> str:
    return harmless(field.text(value))
