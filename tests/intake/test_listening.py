"""Mail by LMTP and SMTP: real clients, real sockets."""

import smtplib
import socket
import threading
import time
from pathlib import Path

import pytest

from digest.errors import InputError, UnreachableError
from digest.ground.database.tables.intake import Fate
from digest.intake import listening
from digest.intake.incoming import LARGEST_BYTES
from digest.intake.listening import Listener, Place, parse_place
from digest.intake.store import mails
from digest.intake.taking import Intake, Receipt
from tests.factories import NOON
from tests.intake.returned import corpus

MAIL = b"From: a@b.example\r\nSubject: hello\r\n\r\nhello\r\n"
HERE = ("lmtp:127.0.0.1:0", "smtp:127.0.0.1:0")


def is_ours(address: str) -> bool:
    return address.partition("+")[0].partition("@")[0] in ("bounces", "unsubscribe")


@pytest.fixture
def listen():
    """Start a listener at a place that takes mail with a function."""
    started = []

    def start(take, place="lmtp:127.0.0.1:0"):
        listener = Listener(parse_place(place), take, is_ours)
        started.append(listener)
        return listener.__enter__()

    yield start
    for listener in started:
        listener.__exit__(None, None, None)


def lmtp(listener) -> smtplib.SMTP:
    kind = smtplib.LMTP if listener.place.protocol == "lmtp" else smtplib.SMTP
    client = kind("127.0.0.1", listener.port)
    client.ehlo_or_helo_if_needed()
    return client


def replies(client: smtplib.SMTP, raw: bytes, *recipients: str) -> list[int]:
    """Send one mail; return the codes of all replies to its data."""
    client.mail("")
    for recipient in recipients:
        assert client.rcpt(recipient)[0] == 250
    client.putcmd("data")
    assert client.getreply()[0] == 354
    client.send(raw + b".\r\n")
    count = len(recipients) if isinstance(client, smtplib.LMTP) else 1
    return [client.getreply()[0] for _ in range(count)]


@pytest.mark.parametrize("place", HERE)
def test_a_bounce_is_stored_before_it_is_acknowledged(database, listen, place):
    told = []
    intake = Intake(database, corpus.IDENTIFY, lambda: NOON, record=told.append)
    listener = listen(lambda raw, to: intake.take(raw, to, way="lmtp"), place)
    raw = corpus.octets("postfix-unknown").replace(b"\n", b"\r\n")
    with lmtp(listener) as client:
        assert replies(client, raw, corpus.RETURN_PATH) == [250]
        with database.read() as session:
            assert mails.counts(session) == {Fate.RECORDED: 1}
    assert [each.subscriber_id for each in told] == [corpus.SUBSCRIBER]


def test_lmtp_answers_for_each_recipient(listen):
    def take(_raw, recipients):
        if "bounces+fail@x.org" in recipients:
            raise OSError("no database")
        if "bounces+forged@x.org" in recipients:
            return Receipt(Fate.FORGED)
        return Receipt(Fate.KEPT)

    with lmtp(listen(take)) as client:
        three = ("bounces+fail@x.org", "bounces@x.org", "bounces+forged@x.org")
        assert replies(client, MAIL, *three) == [451, 250, 550]
        assert client.noop()[0] == 250


@pytest.mark.parametrize(
    ("fates", "code"),
    [
        ([Fate.KEPT, Fate.FORGED], 250),
        ([Fate.FORGED, Fate.FORGED], 550),
        ([Fate.KEPT, None], 451),
        ([Fate.REFUSED], 554),
    ],
)
def test_smtp_answers_once_and_never_acknowledges_what_has_to_come_again(listen, fates, code):
    left = list(fates)

    def take(_raw, _recipients):
        fate = left.pop(0)
        if fate is None:
            raise OSError("no database")
        return Receipt(fate)

    recipients = [f"bounces+{number}@x.org" for number in range(len(fates))]
    with lmtp(listen(take, "smtp:127.0.0.1:0")) as client:
        assert replies(client, MAIL, *recipients) == [code]


@pytest.mark.parametrize("place", HERE)
def test_nothing_is_relayed(listen, place):
    with lmtp(listen(lambda *_: Receipt(Fate.KEPT), place)) as client:
        client.mail("a@b.example")
        assert client.rcpt("ann@elsewhere.example")[0] == 550
        assert client.rcpt("bounces+x@example.org")[0] == 250


def test_what_is_too_large_is_refused_for_every_recipient(listen):
    taken = []
    listener = listen(lambda raw, _to: taken.append(raw) or Receipt(Fate.KEPT))
    large = MAIL + (b"x" * 998 + b"\r\n") * (LARGEST_BYTES // 1000 + 1)
    with lmtp(listener) as client:
        assert replies(client, large, "bounces@x.org", "unsubscribe@x.org") == [552, 552]
        assert client.noop()[0] == 250
    assert taken == []


def test_a_long_line_is_no_reason_to_lose_a_bounce(listen):
    with lmtp(listen(lambda *_: Receipt(Fate.KEPT))) as client:
        assert replies(client, MAIL + b"x" * 100_000 + b"\r\n", "bounces@x.org") == [250]


def test_too_many_recipients_and_connections_are_told_to_come_later(listen):
    listener = listen(lambda *_: Receipt(Fate.KEPT))
    with lmtp(listener) as client:
        client.mail("")
        codes = [client.rcpt(f"bounces+{number}@x.org")[0] for number in range(101)]
        assert codes == [250] * 100 + [452]
    clients = [lmtp(listener) for _ in range(listening.MOST_CONNECTIONS)]
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        lmtp(listener)
    for client in clients:
        client.close()


def test_a_unix_socket_is_made_and_removed(tmp_path, listen):
    path = tmp_path / "lmtp"
    listener = Listener(Place("lmtp", path=path), lambda *_: Receipt(Fate.KEPT), is_ours)
    with listener, smtplib.LMTP(str(path), 0) as client:
        client.ehlo_or_helo_if_needed()
        assert replies(client, MAIL, "bounces@x.org") == [250]
    assert not path.exists()


def test_what_is_being_stored_when_it_stops_is_answered():
    begun, go_on = threading.Event(), threading.Event()

    def take(_raw, _recipients):
        begun.set()
        assert go_on.wait(10)
        return Receipt(Fate.KEPT)

    listener = Listener(parse_place("lmtp:127.0.0.1:0"), take, is_ours).__enter__()
    client = lmtp(listener)
    codes = []
    sending = threading.Thread(
        target=lambda: codes.extend(replies(client, MAIL, "bounces@x.org")), daemon=True
    )
    sending.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=listener.__exit__, args=(None, None, None))
    stopping.start()
    time.sleep(0.2)
    go_on.set()
    stopping.join(10)
    sending.join(10)
    client.close()
    assert codes == [250]


def test_a_place_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UnreachableError, match=f"port {port}"),
            Listener(Place("lmtp", "127.0.0.1", port), lambda *_: Receipt(Fate.KEPT), is_ours),
        ):
            pass


def test_places_are_read():
    assert parse_place("lmtp:127.0.0.1:24") == Place("lmtp", "127.0.0.1", 24)
    assert parse_place("smtp:[::1]:25") == Place("smtp", "::1", 25)
    assert parse_place("lmtp:unix:/run/x") == Place("lmtp", path=Path("/run/x"))
    for wrong in ("", "lmtp", "http:127.0.0.1:24", "lmtp:127.0.0.1", "lmtp:unix:x", "smtp:x:99999"):
        with pytest.raises(InputError, match="no place"):
            parse_place(wrong)
