"""Which addresses an import has met, of however many: hashes, in a file of this process alone.

So a list of a million takes no more memory than one of ten thousand.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager

# What is known of an address, one or more of: a record has it, it was added, a record bars it.
SEEN, ADDED, BARRED = 1, 2, 4


class MetAddresses:
    """What is known of each address, by Python's hash of it, which has 64 bits.

    SQLite keeps what has no name on disk once it is too much for a small cache, and lets go of it
    when it is closed, or the process ends.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, addresses: Collection[str]) -> dict[str, int]:
        """Return what is known of some addresses, for each of them."""
        by_hash = {hash(one): one for one in addresses}
        found = dict.fromkeys(addresses, 0)
        query = "SELECT hash, known FROM met WHERE hash IN (SELECT value FROM json_each(?))"
        for hashed, known in self._connection.execute(query, (json.dumps(list(by_hash)),)):
            found[by_hash[hashed]] = known
        return found

    def save(self, known: Mapping[str, int]) -> None:
        """Replace what is known of some addresses."""
        rows = sorted((hash(address), what) for address, what in known.items())
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO met VALUES (?, ?)", rows)


@contextmanager
def met_addresses() -> Iterator[MetAddresses]:
    """Open a memory that knows of no address yet."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE met (hash INTEGER PRIMARY KEY, known INTEGER NOT NULL)")
        yield MetAddresses(connection)
