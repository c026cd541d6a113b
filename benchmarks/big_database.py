"""A database as it is after years of mail: 200,000 readers, 2,000,000 deliveries.

    python -m benchmarks.big_database URL [--readers 200000] [--editions 14] [--thinned 2]

Lists and editions are made by the real code; readers, deliveries, events, votes and feedback by a
statement for each of them; then all is sealed, and the oldest editions are thinned, by the real
code. Everything is made up, and the same each time but for random octets. It takes two minutes.
"""

import argparse
import itertools
import random
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select, text

from benchmarks.service import IDENTITY, KEY
from digest.app import App, build_app
from digest.delivery import thinning
from digest.delivery.store import counts, reasons
from digest.ground.database.engine import Database
from digest.ground.database.tables.delivery import EditionPaperRow, EditionRow, ReasonRow
from digest.ground.database.tables.operation import RunRow, TaskRow
from digest.ground.database.tables.papers import DumpRow
from digest.ground.database.tables.readers import DeliveryScheduleRow
from digest.model import Cadence, Pick, Reason, ReasonKind
from digest.papers import ingest
from digest.seals import sealing
from digest.settings import load_settings
from tests.dumps import make_dump

LAST_DAY = date(2026, 11, 19)
_BATCH = 500
_PICKS = 10
_MODELS = 400
_TOPICS = 12  # of each reader at most
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC", "Europe/London")
_SOURCES = ("arxiv", "hugging-face")
# What the two databases write in their own ways: $NAME is replaced.
_DIALECTS = {
    "sqlite": {
        "$SERIES": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series"
        " WHERE n < :count)",
        "$NONCE": "randomblob(16)",
        "$HASH": "randomblob(16)",
        "$EARLIER": "strftime('%Y-%m-%d %H:%M:%f000', :now, CAST(-({seconds}) AS TEXT)"
        " || ' seconds')",
        "$FALSE": "0",
        "$TRUE": "1",
        "$HEX": "hex({})",
        "$JSON": "{}",
    },
    "postgresql": {
        "$SERIES": "WITH series(n) AS (SELECT generate_series(1, CAST(:count AS integer)))",
        "$NONCE": "decode(md5(random()::text), 'hex')",
        "$HASH": "decode(md5(random()::text), 'hex')",
        "$EARLIER": "CAST(:now AS timestamptz) - ({seconds}) * interval '1 second'",
        "$FALSE": "false",
        "$TRUE": "true",
        "$HEX": "to_hex({})",
        "$JSON": "CAST({} AS json)",
    },
}


@dataclass(frozen=True)
class Size:
    """How much is made. editions: each goes to nine readers of ten. thinned: of these, the oldest.

    papers: of each list.
    """

    readers: int = 200_000
    editions: int = 14
    thinned: int = 2
    papers: int = 100


def main() -> None:
    """Fill the database of an address, which has to be empty."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="such as sqlite:////tmp/big.db")
    parser.add_argument("--readers", type=int, default=Size.readers)
    parser.add_argument("--editions", type=int, default=Size.editions)
    parser.add_argument("--thinned", type=int, default=Size.thinned)
    options = parser.parse_args()
    started = time.perf_counter()
    fill(options.url, Size(options.readers, options.editions, options.thinned))
    print(f"{time.perf_counter() - started:.0f} s")


def fill(url: str, size: Size) -> None:
    """Fill an empty database of this size; its newest edition is that of LAST_DAY."""
    app = build_app(load_settings(database_url=url, secret_key=KEY, workers=1, **IDENTITY))
    app.init()
    days = [LAST_DAY - timedelta(days=back) for back in reversed(range(size.editions))]
    _load_lists(app, days, size.papers)
    for day in days:
        app.editions.open(day)
    database = app.database
    slugs = [topic.slug for topic in app.files.catalogue.topics]
    with database.write() as session:
        connection = session.connection()
        _add_readers(connection, size.readers, slugs)
        reason_ids = _add_reasons(connection, slugs)
        editions = connection.execute(
            select(EditionRow.id, EditionRow.date).order_by(EditionRow.date)
        ).all()
        for edition_id, day in editions:
            _deliver(connection, edition_id, day, reason_ids, is_newest=day == LAST_DAY)
            counts.count_edition(session, edition_id)
        _add_events(connection, size.readers)
        _add_votes(connection, size.readers)
        _add_feedback(connection)
        _add_outbox(connection, size.readers)
        _add_runs(connection, days)
    sealing.seal_settled(database, lambda _version: {}, lambda: _at(LAST_DAY, 9), seconds=1e9)
    if size.thinned:
        oldest = days[size.thinned]
        clock = _at(LAST_DAY, 9)
        thinning.thin(database, (LAST_DAY - oldest).days, lambda: clock, seconds=1e9)
        sealing.seal_settled(database, lambda _version: {}, lambda: _at(LAST_DAY, 10), seconds=1e9)
    _gather_statistics(database)
    database.close()


def _load_lists(app: App, days: list[date], papers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, day in enumerate(days):
            file = Path(folder) / f"{day}.txt"
            text_page = make_dump(papers, day, seed=number + 1, sentences=6)
            # Every list has papers of its own, and a third of the one before.
            file.write_text(text_page.replace(": study ", f": study {number}-"), encoding="utf-8")
            ingest.ingest(
                app.database,
                [file],
                now=_at(day, 4),
                given=day,
                classify=app.files.classifier.classify,
            )
    with app.database.write() as session:
        for dump in session.scalars(select(DumpRow)):
            dump.source = _SOURCES[dump.id % len(_SOURCES)]


def _add_readers(connection: Connection, count: int, slugs: list[str]) -> None:
    chance = random.Random(5)
    schedules = [
        {"cadence": cadence, "weekday": weekday, "hour": hour, "timezone": zone}
        for cadence, weekday in ((Cadence.DAILY, 0), (Cadence.WEEKLY, 1))
        for hour in range(5, 11)
        for zone in _ZONES
    ]
    known = connection.execute(select(DeliveryScheduleRow.id)).scalars().all()
    connection.execute(insert(DeliveryScheduleRow), schedules)
    ids = connection.execute(select(DeliveryScheduleRow.id)).scalars().all()
    ids = [one for one in ids if one not in known]
    weights = [1 / rank for rank in range(1, len(slugs) + 1)]
    columns = "model INTEGER PRIMARY KEY, topics TEXT, schedule INTEGER"
    connection.execute(text(f"CREATE TEMPORARY TABLE models ({columns})"))
    models = []
    for number in range(_MODELS):
        chosen = dict.fromkeys(chance.choices(slugs, weights, k=chance.randint(1, _TOPICS)))
        wants = ", ".join(f'"{slug}": {chance.randint(1, 3)}' for slug in chosen)
        # Four of five want mail every day.
        schedule = chance.choice(ids[: len(ids) // 2] if number % 5 else ids[len(ids) // 2 :])
        models.append({"n": number, "topics": f"{{{wants}}}", "schedule": schedule})
    connection.execute(text("INSERT INTO models VALUES (:n, :topics, :schedule)"), models)
    _run(
        connection,
        """
        INSERT INTO subscribers (address, domain, name, state, topics, interests, muted, max_papers,
            schedule_id, summaries, layout, language, empty_day, created_at, confirmed_at, nonce,
            former_links)
        $SERIES
        SELECT 'reader' || n || '@host' || (n % 977) || '.example.org',
            'host' || (n % 977) || '.example.org', 'Reader ' || n,
            CASE WHEN n % 10 < 9 THEN 'active' WHEN n % 40 = 9 THEN 'pending'
                 WHEN n % 40 = 19 THEN 'paused' WHEN n % 40 = 29 THEN 'suppressed'
                 ELSE 'unsubscribed' END,
            $JSON(topics), $JSON('[]'), $JSON('[]'), 10, schedule, 3, 'standard', 'en', 'skip',
            $EARLIER((:count - n) * 260), $EARLIER((:count - n) * 260 - 60), $NONCE, $FALSE
        FROM series JOIN models ON model = n % 400
        ORDER BY n
        """,
        count=count,
        now=_at(LAST_DAY, 3),
    )
    connection.execute(
        text("UPDATE subscribers SET paused_until = '2027-01-31' WHERE state = 'paused'")
    )


def _add_reasons(connection: Connection, slugs: list[str]) -> dict[Reason, int]:
    found = [Reason(ReasonKind.TOPIC, slug) for slug in slugs]
    connection.execute(
        insert(ReasonRow), [{"kind": one.kind.value, "subject": one.subject} for one in found]
    )
    rows = connection.execute(select(ReasonRow.id, ReasonRow.subject)).all()
    return {Reason(ReasonKind.TOPIC, subject): id_ for id_, subject in rows}


def _deliver(
    connection: Connection,
    edition_id: int,
    day: date,
    reason_ids: dict[Reason, int],
    *,
    is_newest: bool,
) -> None:
    """Leave the ledger of an edition as a send does; the newest one still waits in places."""
    chance = random.Random(edition_id)
    of_edition = EditionPaperRow.edition_id == edition_id
    papers = connection.execute(select(EditionPaperRow.paper_id).where(of_edition)).scalars().all()
    known = list(reason_ids)
    octets = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    columns = f"n INTEGER PRIMARY KEY, picks {octets}"
    connection.execute(text(f"CREATE TEMPORARY TABLE IF NOT EXISTS packed ({columns})"))
    connection.execute(text("DELETE FROM packed"))
    connection.execute(
        text("INSERT INTO packed VALUES (:n, :picks)"),
        [
            {
                "n": number,
                "picks": reasons.pack(
                    [Pick(one, chance.choice(known)) for one in chance.sample(papers, _PICKS)],
                    reason_ids,
                ),
            }
            for number in range(_MODELS)
        ],
    )
    state = """
        CASE WHEN (id * 7919 + :edition) % 1000 < 985 THEN 'sent'
             WHEN (id * 7919 + :edition) % 1000 < 990 THEN 'failed'
             WHEN (id * 7919 + :edition) % 1000 < 997 THEN 'skipped'
             ELSE 'uncertain' END
    """
    if is_newest:  # what is deferred is tried again; the last tenth is queued
        state = f"""
            CASE WHEN place >= :most THEN 'queued'
                 WHEN (id * 7919) % 1000 < 4 THEN 'deferred' ELSE {state} END
        """
    most = (
        connection.execute(
            text("SELECT count(*) FROM subscribers WHERE state = 'active'")
        ).scalar_one()
        * 9
        // 10
        // _BATCH
        * _BATCH
    )
    settled = _at(day, 7)
    _run(
        connection,
        f"""
        INSERT INTO deliveries (edition_id, subscriber_id, batch, day, state, attempts,
            uncertain_attempts, not_before, settled_at, reply, picks, mail_hash)
        SELECT :edition, id, 1 + place / 500, :day, state, CASE state WHEN 'queued' THEN 0
                WHEN 'skipped' THEN 0 ELSE 1 END, CASE state WHEN 'uncertain' THEN 1 ELSE 0 END,
            CASE state WHEN 'deferred' THEN $EARLIER(-7200) END,
            CASE state WHEN 'queued' THEN NULL ELSE $EARLIER(-(place / 500) * 2) END,
            CASE state WHEN 'queued' THEN NULL WHEN 'skipped' THEN 'unsubscribed'
                WHEN 'failed' THEN '550 5.1.1 no such user'
                WHEN 'deferred' THEN '451 4.7.1 try again later'
                ELSE '250 2.0.0 Ok: queued as ' || $HEX(id * 7919) END,
            CASE state WHEN 'queued' THEN NULL WHEN 'skipped' THEN NULL ELSE picks END,
            CASE state WHEN 'queued' THEN NULL WHEN 'skipped' THEN NULL ELSE $HASH END
        FROM (SELECT id, place, {state} AS state FROM (
                SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
                FROM subscribers WHERE state = 'active') readers) chosen
        JOIN packed ON packed.n = id % 400
        ORDER BY id
        """,  # noqa: S608 -- nothing in it comes from outside
        edition=edition_id,
        day=day.isoformat() if connection.dialect.name == "sqlite" else day,
        now=settled,
        **({"most": most} if is_newest else {}),
    )
    _run(
        connection,
        """
        INSERT INTO batches (edition_id, number, first_subscriber_id, last_subscriber_id, state,
            not_before, dated_at)
        SELECT edition_id, batch, min(subscriber_id), max(subscriber_id),
            CASE WHEN max(CASE WHEN state IN ('queued', 'deferred') THEN 1 ELSE 0 END) = 1
                THEN 'open' ELSE 'done' END,
            min(not_before), $EARLIER(0)
        FROM deliveries WHERE edition_id = :edition GROUP BY edition_id, batch
        """,
        edition=edition_id,
        now=settled,
    )
    _run(
        connection,
        "UPDATE editions SET planned_at = $EARLIER(300) WHERE id = :edition",
        edition=edition_id,
        now=settled,
    )


def _add_events(connection: Connection, readers: int) -> None:
    """Let everybody have asked and confirmed, a third have changed, and some have left."""
    consent = '$JSON(\'{"how": "form", "version": "2026-11", "ip": "192.0.2.1"}\')'
    kinds = [
        ("asked", "1 = 1", "(:count - id) * 260", "$JSON('{}')"),
        ("confirmed", "state <> 'pending'", "(:count - id) * 260 - 60", consent),
        ("changed", "id % 3 = 0", "(:count - id) * 130", '$JSON(\'{"before": {}, "after": {}}\')'),
        ("paused", "state = 'paused'", "(:count - id) * 50", "$JSON('{}')"),
        (
            "unsubscribed",
            "state = 'unsubscribed' AND id % 80 = 39",
            "(:count - id) * 40",
            '$JSON(\'{"from": "active"}\')',
        ),
        (
            "unsubscribed",
            "state = 'unsubscribed' AND id % 80 = 79",
            "(:count - id) * 40",
            '$JSON(\'{"from": "active", "by": "reply"}\')',
        ),
        (
            "suppressed",
            "state = 'suppressed'",
            "(:count - id) * 40",
            '$JSON(\'{"from": "active", "source": "relay"}\')',
        ),
    ]
    for kind, whose, ago, detail in kinds:
        _run(
            connection,
            f"""
            INSERT INTO events (subscriber_id, kind, at, detail)
            SELECT id, '{kind}', $EARLIER({ago}), {detail} FROM subscribers WHERE {whose}
            ORDER BY id
            """,  # noqa: S608 -- nothing in it comes from outside
            count=readers,
            now=_at(LAST_DAY, 8),
        )


def _add_votes(connection: Connection, readers: int) -> None:
    """Let each have voted on two papers and a half."""
    papers = connection.execute(text("SELECT max(id) FROM papers")).scalar_one()
    for number in range(3):
        _run(
            connection,
            """
            INSERT INTO votes (subscriber_id, paper_id, value, voted_at)
            SELECT subscribers.id, papers.id, CASE WHEN subscribers.id % 7 < 5 THEN 1 ELSE -1 END,
                $EARLIER((:count - subscribers.id) * 10)
            FROM subscribers JOIN papers
                ON papers.id = 1 + (subscribers.id * 31 + :number * 17) % :papers
            WHERE subscribers.id % 6 >= :number ORDER BY subscribers.id
            """,
            count=readers,
            number=number,
            papers=papers,
            now=_at(LAST_DAY, 8),
        )


def _add_feedback(connection: Connection) -> None:
    """Let of a thousand mails two bounce for good, one for a while, and one in 1,500 be spam."""
    _run(
        connection,
        """
        INSERT INTO feedback (reference, kind, source, subscriber_id, edition, trusted, status,
            words, at)
        SELECT 'made ' || edition_id || ' ' || subscriber_id,
            CASE WHEN subscriber_id % 500 = 0 THEN 'hard' WHEN subscriber_id % 500 = 1
                 THEN 'soft' ELSE 'complaint' END,
            'ses', subscriber_id, editions.date, $TRUE, '5.1.1', 'no such user', settled_at
        FROM deliveries JOIN editions ON editions.id = edition_id
        WHERE state = 'sent'
            AND (subscriber_id % 500 IN (0, 1) OR subscriber_id % 1500 = 7)
        """,
    )


def _add_outbox(connection: Connection, readers: int) -> None:
    """Leave the mails to single readers of the last month."""
    _run(
        connection,
        """
        INSERT INTO outbox (kind, subscriber_id, event_id, subject, detail, created_at, state,
            attempts, uncertain_attempts, settled_at, reply)
        $SERIES
        SELECT CASE n % 2 WHEN 0 THEN 'confirm' ELSE 'welcome' END, :readers - n / 2, n, '',
            $JSON('{}'), $EARLIER((:count - n) * 130), CASE n % 200 WHEN 7 THEN 'failed'
                ELSE 'sent' END, 1, 0, $EARLIER((:count - n) * 130 - 10), '250 2.0.0 Ok'
        FROM series ORDER BY n
        """,
        count=min(20_000, readers),
        readers=readers,
        now=_at(LAST_DAY, 8),
    )


def _add_runs(connection: Connection, days: list[date]) -> None:
    """Leave the reports of a send every quarter of an hour, and of each task."""
    kinds = itertools.cycle(("send", "ingest", "sources"))
    rows = []
    for number, (day, quarter) in enumerate(itertools.product(days, range(96))):
        begun = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        sent = 1500 if 20 < quarter < 44 else 0
        report = {
            "edition": day.isoformat(),
            "planned": 180_000,
            "states": {"sent": sent},
            "run": {"sent": sent} if sent else {},
            "seconds": 4.2,
            "balanced": True,
        }
        kind = next(kinds)
        rows.append(
            {
                "name": f"made-{number}",
                "kind": kind,
                "started_at": begun,
                "finished_at": begun + timedelta(seconds=5),
                "trouble": "",
                "report": report if kind == "send" else {},
            }
        )
    connection.execute(insert(RunRow), rows[-2000:])
    now = _at(LAST_DAY, 8)
    tasks = ("inbox", "sources", "plan", "tidy", "send", "watch")
    rows = [{"name": one, "last_started": now, "last_finished": now} for one in tasks]
    connection.execute(insert(TaskRow), rows)


def _gather_statistics(database: Database) -> None:
    if database.is_sqlite:
        return  # as it is run: nobody calls ANALYZE there
    with database.autocommit() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _run(connection: Connection, statement: str, **values: object) -> None:
    """Run a statement in the way of the database."""
    for name, said in _DIALECTS[connection.dialect.name].items():
        while (start := statement.find(f"{name}(")) >= 0 and "{" in said:
            inside, end = _in_brackets(statement, start + len(name))
            filled = said.replace("{seconds}", inside).replace("{}", inside)
            statement = statement[:start] + filled + statement[end:]
        if "{" not in said:
            statement = statement.replace(name, said)
    now = values.get("now")
    if isinstance(now, datetime) and connection.dialect.name == "sqlite":
        values["now"] = now.strftime("%Y-%m-%d %H:%M:%S")
    connection.execute(text(statement), values)


def _in_brackets(statement: str, opening: int) -> tuple[str, int]:
    """Return what the bracket at a place holds, and the place behind its end."""
    depth = 0
    for place in range(opening, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[place], 0)
        if not depth:
            return statement[opening + 1 : place], place + 1
    raise ValueError(f"a bracket is open: {statement[opening:]}")


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


if __name__ == "__main__":
    main()
