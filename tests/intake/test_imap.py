"""Mail out of an IMAP mailbox: our fetcher against a server on a real socket."""

import ssl
import threading
import time

import pytest

from digest.errors import InputError, UnreachableError
from digest.ground.database.tables.intake import Fate
from digest.intake.imap import ASIDE, ImapFetcher, Mailbox, parse_mailbox
from digest.intake.incoming import LARGEST_BYTES
from digest.intake.store import mails
from digest.intake.taking import Intake, Receipt
from tests.certificates import Authority
from tests.factories import NOON
from tests.imap_server import ImapServer
from tests.intake.returned import corpus

ONE, TWO = b"From: a@b.example\r\n\r\none\r\n", b"From: a@b.example\r\n\r\ntwo\r\n"


def fetcher(server, take, **changes):
    box = {"host": "127.0.0.1", "user": "bounces", "password": "secret", "tls": False}
    trust = changes.pop("trust", None)
    return ImapFetcher(Mailbox(**(box | {"port": server.port} | changes)), take, trust)


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("capabilities", ["IDLE MOVE UIDPLUS", "UIDPLUS", ""])
def test_a_mail_is_moved_aside_once_it_is_stored(database, capabilities):
    intake = Intake(database, corpus.IDENTIFY, lambda: NOON, record=lambda _: None)
    raw = corpus.octets("postfix-unknown")
    with ImapServer(raw, TWO, capabilities=capabilities) as server:
        inbox_when_taken = []

        def take(raw):
            inbox_when_taken.append(raw in server.mailboxes["INBOX"].values())
            return intake.take(raw, way="imap")

        assert fetcher(server, take).fetch() == 2
        assert inbox_when_taken == [True, True]
        assert server.mailboxes["INBOX"] == {}
        assert list(server.mailboxes[ASIDE].values()) == [raw, TWO]
        assert fetcher(server, take).fetch() == 0
    with database.read() as session:
        assert mails.counts(session) == {Fate.RECORDED: 1, Fate.KEPT: 1}


def test_what_cannot_be_stored_stays_and_keeps_nothing_else_back():
    def take(raw):
        if raw == ONE:
            raise ValueError("no")
        return Receipt(Fate.KEPT)

    with ImapServer(ONE, TWO) as server:
        with pytest.raises(ValueError, match="no"):
            fetcher(server, take).fetch()
        assert list(server.mailboxes["INBOX"].values()) == [ONE]


def test_nothing_more_is_tried_when_nothing_can_be_stored():
    tried = []

    def take(raw):
        tried.append(raw)
        raise ValueError("no database")

    with ImapServer(*[ONE] * 10) as server:
        with pytest.raises(ValueError, match="no database"):
            fetcher(server, take).fetch()
        assert len(server.mailboxes["INBOX"]) == 10
    assert len(tried) == 3


def test_a_large_mail_is_read_no_further_than_it_takes_to_refuse_it():
    sizes = []

    def take(raw):
        sizes.append(len(raw))
        return Receipt(Fate.REFUSED, "too large")

    with ImapServer(b"x" * (LARGEST_BYTES + 1000)) as server:
        fetcher(server, take).fetch()
        assert len(server.mailboxes[ASIDE]) == 1
    assert sizes == [LARGEST_BYTES + 1]


@pytest.mark.parametrize("capabilities", ["IDLE MOVE", "MOVE"])
def test_it_runs_until_it_is_told_to_stop(capabilities):
    taken, stop = [], threading.Event()
    with ImapServer(ONE, capabilities=capabilities) as server:
        run = fetcher(server, lambda raw: taken.append(raw) or Receipt(Fate.KEPT)).run
        thread = threading.Thread(target=run, args=(stop,), daemon=True)
        thread.start()
        until(lambda: taken == [ONE])
        if "IDLE" in capabilities:
            until(lambda: "IDLE" in server.commands)
            server.deliver(TWO)
            until(lambda: taken == [ONE, TWO])
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_a_failure_is_tried_again_later(caplog):
    taken, stop = [], threading.Event()
    with ImapServer(ONE) as server:
        server.refuse.add("SEARCH")
        box = fetcher(server, lambda raw: taken.append(raw) or Receipt(Fate.KEPT))
        thread = threading.Thread(target=box.run, args=(stop,), kwargs={"first_wait": 0.05})
        thread.start()
        until(lambda: server.commands.count("SEARCH") >= 3)
        server.refuse.clear()
        until(lambda: taken == [ONE])
        stop.set()
        thread.join(5)
    assert "trying again" in caplog.text
    assert "secret" not in caplog.text


def test_certificates_are_verified(tmp_path):
    authority = Authority(tmp_path)
    tls = authority.server_context("127.0.0.1")
    trust = ssl.create_default_context(cafile=str(authority.ca_file))
    for way in ({"tls": tls}, {"starttls": tls}):
        with ImapServer(ONE, **way) as server:
            implicit = "tls" in way
            with pytest.raises(UnreachableError, match="certificate"):
                fetcher(server, lambda _: Receipt(Fate.KEPT), tls=implicit).fetch()
            assert server.logins == []
            taken = fetcher(server, lambda _: Receipt(Fate.KEPT), tls=implicit, trust=trust)
            assert taken.fetch() == 1
            assert [encrypted for _, encrypted in server.logins] == [True]


def test_errors_name_the_server_and_no_password():
    with ImapServer() as server:
        for changes in ({"password": "wrong"}, {"folder": "Nowhere"}):
            with pytest.raises(UnreachableError, match=f"port {server.port}") as caught:
                fetcher(server, lambda _: Receipt(Fate.KEPT), **changes).fetch()
            assert "wrong" not in str(caught.value).replace("[AUTHENTICATIONFAILED] wrong", "")
    with pytest.raises(UnreachableError):
        fetcher(server, lambda _: Receipt(Fate.KEPT)).fetch()


def test_addresses_of_mailboxes_are_read():
    box = parse_mailbox("imaps://bounces%40x.org:s%2Fecret@imap.example.org/Mail%20in")
    assert box == Mailbox("imap.example.org", 993, "bounces@x.org", "s/ecret", "Mail in")
    assert parse_mailbox("imap://a:b@h.example").port == 143
    assert "s/ecret" not in repr(box)
    for wrong in ("", "https://a:b@h.example", "imaps://h.example", "imaps://a:b@h:x/"):
        with pytest.raises(InputError, match="no address of a mailbox"):
            parse_mailbox(wrong)
