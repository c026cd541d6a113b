"""Verify the seals of an SQLite database without a line of the service's own code.

    python3 tools/verify_ledger.py digest.db [--date 2026-11-19] [--mails FOLDER]

It reads the format that docs/why/ledger.md describes, with what Python brings along. Exit code 1
when something differs. --mails: the bytes of mails, a file each (`*.eml`), as a dry run or a sink
wrote them; every mail that the edition's ledger knows must be among them.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

SEALS = """
    SELECT id, edition_id, day, at, program, settings, inputs, batches, rows, root, previous, hash
    FROM seals ORDER BY id
"""
ROWS = """
    SELECT d.subscriber_id, d.batch, d.day, d.state, d.attempts, d.uncertain_attempts,
        d.settled_at, coalesce(d.dated_at, b.dated_at), d.picks, d.mail_hash, d.reply
    FROM deliveries d JOIN batches b ON b.edition_id = d.edition_id AND b.number = d.batch
    WHERE d.edition_id = ? AND d.batch = ?
        AND d.subscriber_id BETWEEN b.first_subscriber_id AND b.last_subscriber_id
    ORDER BY d.subscriber_id
"""
CHANGES = """
    SELECT kind, paper_id, value FROM edition_changes
    WHERE edition_id = ? AND undone_at IS NULL AND kind NOT IN ('approve', 'withdraw') ORDER BY id
"""
EDITION = "SELECT date, opened_at, sends_at, domain, empty FROM editions WHERE id = ?"
PAPERS = """
    SELECT e.position, e.paper_id, p.title, r.abstract, e.links, e.trend, e.topics, e.summary,
        e.authors
    FROM edition_papers e JOIN papers p ON p.id = e.paper_id
        JOIN revisions r ON r.id = e.revision_id
    WHERE e.edition_id = ? ORDER BY e.position
"""
MOMENTS = (6, 7)  # columns of ROWS that hold one


def main() -> int:
    """Check what the arguments name, print what differs, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("--date", help="one edition; all of them when it is left out")
    parser.add_argument("--mails", type=Path, help="folder with the bytes of mails")
    given = parser.parse_args()
    if not given.database.is_file():
        parser.error(f"{given.database} is no file")
    with sqlite3.connect(f"{given.database.resolve().as_uri()}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        seals = database.execute(SEALS).fetchall()
        problems = list(check_chain(seals))
        newest = {seal["day"]: seal for seal in seals}  # a later seal of a day replaces the former
        wanted = [given.date] if given.date else sorted(newest)
        files = hashes_of(given.mails) if given.mails else None
        for day in wanted:
            if day not in newest:
                problems.append(f"{day}: there is no seal")
                continue
            problems += check_edition(database, newest[day], files)
    print("\n".join(problems) or f"{len(wanted)} edition(s), {len(seals)} seal(s): all as sealed")
    return 1 if problems else 0


def check_chain(seals: list[sqlite3.Row]) -> Iterator[str]:
    """Make every seal's hash again, and see that each names the one before."""
    previous = b""
    for seal in seals:
        settings = json.loads(seal["settings"])
        lines = (
            "digest-seal 1",
            f"edition {seal['day']}",
            f"at {moment(seal['at'])}",
            f"program {seal['program']}",
            "settings " + ",".join(f"{name}={settings[name]}" for name in sorted(settings)),
            f"inputs {sha256(seal['inputs']).hexdigest()}",
            f"batches {seal['batches']}",
            f"rows {seal['rows']}",
            f"root {seal['root'].hex()}",
            f"previous {seal['previous'].hex()}",
        )
        if sha256("".join(f"{line}\n" for line in lines).encode()).digest() != seal["hash"]:
            yield f"seal {seal['id']}: changed after it was made"
        if seal["previous"] != previous:
            yield f"seal {seal['id']}: the one before it is missing"
        previous = seal["hash"]


def check_edition(
    database: sqlite3.Connection, seal: sqlite3.Row, files: set[bytes] | None
) -> Iterator[str]:
    """Compare an edition's rows, inputs and mails with its newest seal."""
    day, edition = seal["day"], seal["edition_id"]
    if b"".join(input_hashes(database, edition)) != seal["inputs"]:
        yield f"{day}: the frozen edition was changed"
    thinned = "SELECT thinned_at FROM editions WHERE id = ?"
    if (since := database.execute(thinned, [edition]).fetchone()[0]) is not None:
        yield from check_blocks(database, seal, since)
        return
    query = "SELECT number, rows_hash FROM batches WHERE edition_id = ? ORDER BY number"
    batches = database.execute(query, [edition]).fetchall()
    if any(batch["rows_hash"] is None for batch in batches):
        yield f"{day}: some of it is being sent again; verify it later"
        return
    parts = [batch["number"].to_bytes(4, "big") + batch["rows_hash"] for batch in batches]
    if sha256(b"".join(parts)).digest() != seal["root"]:
        yield f"{day}: a batch was changed, added or removed"
    count = lacking = 0
    for batch in batches:
        hashes = b""
        for row in database.execute(ROWS, [edition, batch["number"]]):
            count += 1
            hashes += row_hash(row)
            if files is not None and row["mail_hash"] and row["mail_hash"] not in files:
                lacking += 1
        if sha256(hashes).digest() != batch["rows_hash"]:
            yield f"{day}: the rows of batch {batch['number']} are not those that were sealed"
    if count != seal["rows"]:
        yield f"{day}: {count} rows, {seal['rows']} were sealed"
    if lacking:
        yield f"{day}: {lacking} mails of the ledger are not in the folder"


def check_blocks(database: sqlite3.Connection, seal: sqlite3.Row, since: str) -> Iterator[str]:
    """Compare the blocks of a thinned edition with the seal that was made of them."""
    day, edition = seal["day"], seal["edition_id"]
    query = "SELECT number, packed FROM delivery_blocks WHERE edition_id = ? ORDER BY number"
    blocks = database.execute(query, [edition]).fetchall()
    rows = "SELECT count(*) FROM deliveries WHERE edition_id = ?"
    if database.execute(rows, [edition]).fetchone()[0]:
        yield f"{day}: thinned, and yet rows of it are there"
    parts = [row["number"].to_bytes(4, "big") + sha256(row["packed"]).digest() for row in blocks]
    if seal["at"] >= since and sha256(b"".join(parts)).digest() != seal["root"]:
        yield f"{day}: a block was changed, added or removed"


def row_hash(row: sqlite3.Row) -> bytes:
    """Return the hash of a row: its fields, with | between them."""
    fields = [moment(value) if at in MOMENTS else value for at, value in enumerate(row)]
    return sha256("|".join(map(spelt, fields)).encode()).digest()


def input_hashes(database: sqlite3.Connection, edition: int) -> Iterator[bytes]:
    """Yield the hash of the edition, then of each candidate."""
    day, opened_at, sends_at, *others = database.execute(EDITION, [edition]).fetchone()
    changes = [list(row) for row in database.execute(CHANGES, [edition])]
    edited = [changes] if changes else []
    yield hashed([day, moment(opened_at), moment(sends_at), *others, *edited])
    for row in database.execute(PAPERS, [edition]):
        *plain, links, trend, topics, summary, authors = row
        read = [json.loads(text) for text in (links, trend, topics)]
        yield hashed([*plain, *read, summary, authors.split("\n") if authors else []])


def hashed(fields: list[Any]) -> bytes:
    """Return the hash of JSON with sorted keys, no blanks and no escapes."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).digest()


def hashes_of(folder: Path) -> set[bytes]:
    """Return the first 16 octets of the SHA-256 of every mail in a folder."""
    return {sha256(path.read_bytes()).digest()[:16] for path in folder.rglob("*.eml")}


def moment(value: str | None) -> str:
    """Return a moment with all six digits of its second, which SQLite may have left out."""
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S.%f}" if value else ""


def spelt(value: object) -> str:
    """Return a field as it is hashed."""
    if value is None:
        return ""
    return value.hex() if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    sys.exit(main())
