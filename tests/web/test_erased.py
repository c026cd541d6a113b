"""Whoever is erased is gone: from every table, the bytes of the file, the journals and the log."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select
from typer.testing import CliRunner

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.cli import app as commands
from digest.delivery.store import reasons
from digest.devtools.sink.sink import Sink
from digest.ground.database.tables.delivery import DeliveryRow
from digest.ground.database.tables.votes import VoteRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.intake.store import reader_replies
from digest.model import Reason, ReasonKind
from digest.subscribers import cleanup, subscriptions, unsubscribe
from digest.subscribers.opt_in import Asking
from digest.workers import local
from tests.factories import DAY, NOON

ADDRESS = "xq7.erasable@zanzibar-quokka.example.org"
NAME = "Xanthippe Quillfeather"
OLD, NEW = "pharmacology of quokkas", "thermodynamics of gr\u00fcne marmots"
MUTED = "blockchain for walruses"
IP = "203.0.113.99"
TRACES = ("xq7", "zanzibar", "Xanthippe", "quokkas", "marmots", "walruses", IP)
HERE = {"X-Forwarded-For": IP}
ADDED = {
    "email": ADDRESS,
    "name": NAME,
    "consent": f"by {NAME} on paper",
    "preferences": {"interests": [OLD], "muted": [MUTED], "topics": {"compression": 1}},
}


@pytest.fixture
def desk(app, web):
    secret = keys.add(app.database, "desk", list(Scope), NOON)
    web.headers.update({"Authorization": f"Bearer {secret}", **HERE})
    return web


@pytest.fixture
def lived(app, desk, sink: Sink, settled) -> int:
    """A reader after a life: added, reminded, changed, mailed, refused with their address."""
    added = desk.post("/api/v1/subscribers", json=ADDED, headers={"Idempotency-Key": "one"})
    assert added.status_code == 201, added.text
    reader = subscriptions.find(app.database, ADDRESS).id
    assert app.opt_in.ask(Asking(ADDRESS, ("speech",), IP, interests=(OLD,)))
    nonce = unsubscribe.get(app.database, reader).nonce
    token = LinkSigner(app.settings.keys).token(Purpose.PREFERENCES, reader, nonce)
    mine = {"Authorization": f"Bearer {token}"}
    wishes = desk.get("/api/v1/preferences", headers=mine).json()["preferences"]
    changed = desk.put("/api/v1/preferences", json=wishes | {"interests": [NEW]}, headers=mine)
    assert changed.status_code == 200, changed.text
    settled()  # or a single mail is refused, and they are suppressed before the digest
    sink.replies = {ADDRESS: f"550 5.1.1 <{ADDRESS}>: no mailbox xq7.erasable here"}
    app.editions.open(DAY)
    assert local.send(app, DAY).troubled
    with app.database.write() as session:  # as a worker stores them
        reasons.intern(session, [Reason(ReasonKind.INTEREST, one) for one in (OLD, NEW)])
        session.add(VoteRow(subscriber_id=reader, paper_id=1, value=1, voted_at=NOON))
        wrote = f"mute {MUTED} / {NAME}, {IP}"
        reader_replies.record(session, reader, "0" * 64, at=NOON, text=wrote, answered=False)
    return reader


def by_page(app, web, reader):
    nonce = unsubscribe.get(app.database, reader).nonce
    token = LinkSigner(app.settings.keys).token(Purpose.PREFERENCES, reader, nonce)
    assert web.post(f"/p/{token}/erase").status_code == 200


def by_api(app, web, reader):
    assert web.delete(f"/api/v1/subscribers/{reader}").status_code == 204


def by_command(app, web, reader):
    environment = {
        "DIGEST_DATABASE_URL": app.settings.database_url.get_secret_value(),
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "DIGEST_JOURNAL_DIR": str(app.settings.journal_dir),
    }
    done = CliRunner().invoke(commands, ["subscribers", "remove", ADDRESS], env=environment)
    assert done.exit_code == 0, done.output


def in_tables(database) -> str:
    """All rows of all tables, whoever made them."""
    found = MetaData()
    found.reflect(database.engine)
    with database.read() as session:
        rows = [row for table in found.sorted_tables for row in session.execute(select(table))]
    return "\n".join(_plain(value) for row in rows for value in row)


def _plain(value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def in_files(app) -> str:
    """The database with its log and its free pages, and the journals."""
    file = app.database.file
    near = [] if file is None else file.parent.glob(f"{file.name}*")
    paths = [*near, *app.settings.journal_dir.rglob("*")]
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace") for path in paths if path.is_file()
    )


def traces(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in text.lower()]


@pytest.mark.parametrize("way", [by_page, by_api, by_command])
def test_nothing_is_left_of_whoever_is_erased(app, desk, lived, settled, caplog, way):
    settled()
    assert len(traces(in_tables(app.database))) > 5
    with caplog.at_level(logging.INFO):
        way(app, desk, lived)
    settled()  # the last mail, which says so
    cleanup.tidy(app.database, NOON)
    assert traces(in_tables(app.database)) == []
    assert traces(in_files(app)) == []
    assert traces(caplog.text) == []


def test_the_ledger_still_adds_up_and_keeps_the_codes(app, desk, lived, subscribe):
    by_api(app, desk, lived)
    with app.database.read() as session:
        (row,) = session.scalars(select(DeliveryRow))
    assert (row.subscriber_id, row.state, row.reply) == (lived, "failed", "550 5.1.1")
    assert app.operations.status() is not None


def test_a_repeat_of_the_request_that_added_them_adds_nobody(app, desk, lived, settled):
    by_api(app, desk, lived)
    settled()
    again = desk.post("/api/v1/subscribers", json=ADDED, headers={"Idempotency-Key": "one"})
    assert again.status_code == 410
    assert traces(again.text + in_tables(app.database)) == []


def test_an_interest_that_others_have_too_stays_theirs(app, desk, lived, subscribe):
    subscribe("ann", interests=NEW)
    by_api(app, desk, lived)
    with app.database.read() as session:
        kept = reasons.ids_of(session, [Reason(ReasonKind.INTEREST, one) for one in (OLD, NEW)])
    assert list(kept) == [Reason(ReasonKind.INTEREST, NEW)]


def test_whoever_never_confirmed_is_gone_after_a_week(app, sink, clock):
    asked = Asking(ADDRESS, ("speech",), IP, interests=(NEW,))
    assert app.opt_in.ask(asked)
    clock.now += timedelta(days=8)
    assert cleanup.tidy(app.database, clock.now).forgotten == 1
    assert traces(in_tables(app.database) + in_files(app)) == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_somebody_at_work_delays_the_emptying_of_the_log_until_tidy(app, desk, lived, settled):
    with app.database.read() as session:
        session.execute(select(DeliveryRow))
        by_api(app, desk, lived)
        settled()
    assert traces(in_tables(app.database)) == []
    cleanup.tidy(app.database, NOON)
    assert traces(in_files(app)) == []
