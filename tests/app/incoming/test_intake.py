"""Mail that comes in on every way that the settings name, while the service runs."""

import smtplib
import threading
import time

import pytest
from sqlalchemy import update

from digest.app import build_app
from digest.errors import UnreachableError
from digest.ground.database.tables.intake import Fate
from digest.ground.database.tables.readers import SubscriberRow
from digest.intake.store import mails
from digest.model import SubscriberState
from digest.settings import load_settings
from digest.subscribers import unsubscribe
from tests.factories import NONCE
from tests.imap_server import ImapServer
from tests.intake.returned import corpus
from tests.rows import store_subscribers


@pytest.fixture
def make(sqlite_url, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = []

    def make_app(**settings):
        settings = {"bounce_address": "bounces@example.org"} | settings
        made.append(
            build_app(
                load_settings(database_url=sqlite_url, secret_key=corpus.KEY.decode(), **settings)
            )
        )
        with made[-1].database.write() as session:
            store_subscribers(session, corpus.SUBSCRIBER)  # the last one is whom the mails name
            last = SubscriberRow.id == corpus.SUBSCRIBER
            session.execute(update(SubscriberRow).where(last).values(nonce=NONCE))
        return made[-1]

    yield make_app
    for app in made:
        app.close()


def ways(app):
    with app.database.read() as session:
        return sorted((mail.way, mail.fate) for mail in mails.newest(session, limit=None))


def test_all_of_them_at_once(make, tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    (tmp_path / "mail" / "new" / "1").write_bytes(corpus.octets("qmail-unknown"))
    with ImapServer(corpus.octets("gmail-unknown")) as server:
        app = make(
            intake_listen=f"lmtp:unix:{tmp_path / 'lmtp'}",
            intake_maildir=str(tmp_path / "mail"),
            intake_imap_url=f"imap://bounces:secret@127.0.0.1:{server.port}/INBOX",
        )
        with app.intake.running(threading.Event()):
            with smtplib.LMTP(str(tmp_path / "lmtp"), 0) as client:
                client.sendmail("", [corpus.RETURN_PATH], corpus.octets("exim-unknown"))
            end = time.monotonic() + 20
            while len(ways(app)) < 3 and time.monotonic() < end:
                time.sleep(0.05)
    recorded = [(way, Fate.RECORDED) for way in ("imap", "lmtp", "maildir")]
    assert ways(app) == recorded
    reader = unsubscribe.get(app.database, corpus.SUBSCRIBER)
    assert reader.state is SubscriberState.SUPPRESSED


def test_none_of_them_needs_a_setting(make):
    with make().intake.running(threading.Event()):
        pass


def test_only_addresses_that_our_mails_name_lead_here(make):
    app = make(unsubscribe_address="unsubscribe@example.org", sender="Papers <digest@example.org>")
    for ours in ("bounces@example.org", "<Bounces+x@EXAMPLE.org>", "unsubscribe+y@example.org"):
        assert app.intake.is_ours(ours)
    assert app.intake.is_ours("digest@example.org")
    for other in ("bounces@example.net", "ann@example.org", "", "@", "bounces+x", "x+bounces@x"):
        assert not app.intake.is_ours(other)


def test_a_place_where_nobody_can_listen_is_said_at_the_start(make):
    app = make(intake_listen="lmtp:unix:/nowhere/at/all")
    with pytest.raises(UnreachableError, match="/nowhere"), app.intake.running(threading.Event()):
        pass
