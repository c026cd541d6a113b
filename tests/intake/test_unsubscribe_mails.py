import pytest

from digest.errors import InputError
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.intake.unsubscribe_mails import Fate, drain, receive
from digest.model import MailKind, SubscriberState
from digest.outbox.store import figures
from digest.render.unsubscribe_addresses import UnsubscribeAddresses
from digest.subscribers import unsubscribe, update_preferences
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from tests.factories import NOON
from tests.rows import store_subscribers

OLD, NEW = b"a key that is old by now", b"a key that is in use now"
SIGNER = LinkSigner([NEW, OLD])


@pytest.fixture
def reader(database):
    with database.write() as session:
        return store_subscribers(session, 1)[0]


@pytest.fixture
def state(database, reader):
    return lambda: unsubscribe.get(database, reader).state


def address_of(reader: int, key: bytes = NEW) -> str:
    token = LinkSigner([key]).token(Purpose.UNSUBSCRIBE, reader)
    uri = UnsubscribeAddresses("unsubscribe@example.org").uri(token)
    return uri.removeprefix("mailto:").partition("?")[0]


def mail(to: str, *lines: str) -> bytes:
    return "\r\n".join(["From: who@ever.example", *lines, f"To: {to}", "", "please"]).encode()


@pytest.fixture
def told(database):
    """Who was written what."""

    def read() -> list[tuple[MailKind, int]]:
        with database.read() as session:
            return [(line.kind, line.subscriber_id) for line in figures.entries(session)]

    return read


@pytest.fixture
def take(database):
    def receive_now(raw: bytes, *recipients: str):
        return receive(database, SIGNER, raw, recipients=recipients, now=NOON)

    return receive_now


@pytest.mark.parametrize("key", [NEW, OLD], ids=["key in use", "old key"])
def test_a_mail_to_the_address_ends_the_subscription_once(take, reader, state, database, told, key):
    raw = mail(address_of(reader, key).upper(), "Subject: unsubscribe")
    assert take(raw).fate is Fate.UNSUBSCRIBED
    assert state() is SubscriberState.UNSUBSCRIBED
    again = take(raw)
    assert again.fate is Fate.ALREADY
    assert "already" in again.reason
    assert told() == [(MailKind.GOODBYE, reader)]
    with database.read() as session:
        assert [event.kind for event in events.for_subscriber(session, reader)] == [
            EventKind.UNSUBSCRIBED
        ]


def test_where_it_was_delivered_counts_whatever_to_says(take, reader, state):
    assert take(mail("undisclosed:;"), address_of(reader)).fate is Fate.UNSUBSCRIBED
    assert state() is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("name", ["X-Original-To", "Delivered-To", "Envelope-To"])
def test_the_servers_notes_count_too(take, reader, name):
    raw = mail("papers@example.org", f"{name}: {address_of(reader)}")
    assert take(raw).fate is Fate.UNSUBSCRIBED


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status",
        "List-Id: <digest.example.org>",
    ],
)
def test_what_nobody_meant_changes_nothing(take, reader, state, line):
    assert take(mail(address_of(reader), line)).fate is Fate.AUTOMATIC
    assert state() is SubscriberState.ACTIVE


def test_altered_addresses_and_other_tokens_change_nothing(take, reader, state):
    good = address_of(reader)
    other = SIGNER.token(Purpose.PREFERENCES, reader)
    uri = UnsubscribeAddresses("unsubscribe@example.org").uri(other)
    wrong = [
        good.replace("@", "0@"),
        "unsubscribe+" + "0" * 44 + "@example.org",
        good[:14] + ("0" if good[14] != "0" else "1") + good[15:],
        uri.removeprefix("mailto:").partition("?")[0],
        "unsubscribe@example.org",
    ]
    for address in wrong:
        assert take(mail(address), address).fate is Fate.UNKNOWN, address
    assert state() is SubscriberState.ACTIVE


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\0", b"x" * 10_000_000])
def test_garbage_is_refused(take, raw):
    assert take(raw, "unsubscribe@example.org").fate is Fate.REFUSED


def test_an_erased_reader_has_left_already(take, reader, database):
    update_preferences.erase(database, reader, NOON)
    assert take(mail(address_of(reader))).fate is Fate.ALREADY


@pytest.fixture
def maildir(tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def names(maildir, folder):
    return sorted(path.name for path in (maildir / folder).iterdir())


def test_a_maildir_is_drained_and_what_needs_a_person_is_kept(maildir, take, database, reader):
    with database.write() as session:
        other = store_subscribers(session, 1, first=2)[0]
    mails = {
        "1.leave": mail(address_of(reader)),
        "2.again": mail(address_of(reader)),
        "3.question": mail("unsubscribe@example.org"),
        "4.vacation": mail(address_of(other), "Auto-Submitted: auto-replied"),
        "5.large": mail(address_of(other)) + b"x" * 10_000_000,
        "6.leave": mail(address_of(other)),
    }
    for name, raw in mails.items():
        (maildir / "new" / name).write_bytes(raw)
    told = []
    counts = drain(maildir, take, lambda name, receipt: told.append((name, receipt.fate)))
    assert counts == {
        Fate.UNSUBSCRIBED: 2, Fate.ALREADY: 1, Fate.UNKNOWN: 1, Fate.AUTOMATIC: 1, Fate.REFUSED: 1
    }  # fmt: skip
    assert [name for name, _ in told] == sorted(mails)
    assert names(maildir, "new") == []
    assert names(maildir, "cur") == ["3.question:2,", "4.vacation:2,", "5.large:2,"]
    assert not drain(maildir, take, lambda *_: None)
    with database.read() as session:
        assert subscribers.counts(session) == {"unsubscribed": 2}


def test_what_fails_stays_where_it_was(maildir, reader):
    for name in ("1", "2"):
        (maildir / "new" / name).write_bytes(mail(address_of(reader)))

    def fail(_raw):
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        drain(maildir, fail, lambda *_: None)
    assert names(maildir, "new") == ["1", "2"]


def test_a_mail_that_another_run_took_is_passed_over(maildir, take, reader):
    for name in ("1", "2"):
        (maildir / "new" / name).write_bytes(mail(address_of(reader)))

    def meanwhile(raw):
        for path in (maildir / "new").iterdir():
            path.unlink()
        return take(raw)

    assert drain(maildir, meanwhile, lambda *_: None) == {Fate.UNSUBSCRIBED: 1}


def test_a_folder_that_is_no_maildir_is_refused(tmp_path, take):
    with pytest.raises(InputError, match="no Maildir"):
        drain(tmp_path, take, lambda *_: None)
