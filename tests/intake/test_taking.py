import pytest

from digest.errors import InputError
from digest.ground.database.tables.intake import Fate
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.intake.maildir import drain
from digest.intake.taking import Intake
from digest.intake.tokens import identify_by
from digest.model import MailKind, SubscriberState
from digest.outbox.store import figures
from digest.render.unsubscribe_addresses import UnsubscribeAddresses
from digest.subscribers import unsubscribe, update_preferences
from digest.subscribers.links import bindings
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
def token(database, reader):
    """Make a token of the reader."""
    nonce = unsubscribe.get(database, reader).nonce
    return lambda purpose, key=NEW: LinkSigner([key]).token(purpose, reader, nonce)


@pytest.fixture
def address(token):
    """Make the address whose mail unsubscribes the reader."""
    return lambda key=NEW: address_of(token(Purpose.UNSUBSCRIBE, key))


@pytest.fixture
def state(database, reader):
    return lambda: unsubscribe.get(database, reader).state


def address_of(token: str) -> str:
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
    identify = identify_by(SIGNER, [NEW, OLD], bindings(database))
    intake = Intake(database, identify, lambda: NOON, record=lambda _: None)
    return lambda raw, *recipients: intake.take(raw, recipients)


@pytest.mark.parametrize("key", [NEW, OLD], ids=["key in use", "old key"])
def test_a_mail_to_the_address_ends_the_subscription_once(
    take, reader, state, database, told, key, address
):
    raw = mail(address(key).upper(), "Subject: unsubscribe")
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


def test_where_it_was_delivered_counts_whatever_to_says(take, reader, state, address):
    assert take(mail("undisclosed:;"), address()).fate is Fate.UNSUBSCRIBED
    assert state() is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("name", ["X-Original-To", "Delivered-To", "Envelope-To"])
def test_the_servers_notes_count_too(take, reader, name, address):
    raw = mail("papers@example.org", f"{name}: {address()}")
    assert take(raw).fate is Fate.UNSUBSCRIBED


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status",
        "List-Id: <digest.example.org>",
    ],
)
def test_what_nobody_meant_changes_nothing(take, reader, state, line, address):
    assert take(mail(address(), line)).fate is Fate.AUTOMATIC
    assert state() is SubscriberState.ACTIVE


def test_altered_addresses_and_other_tokens_change_nothing(take, reader, state, address, token):
    good = address()
    other = token(Purpose.PREFERENCES)
    uri = UnsubscribeAddresses("unsubscribe@example.org").uri(other)
    wrong = [
        good.replace("@", "0@"),
        "unsubscribe+" + "0" * 44 + "@example.org",
        good[:14] + ("0" if good[14] != "0" else "1") + good[15:],
        uri.removeprefix("mailto:").partition("?")[0],
    ]
    for one in wrong:
        assert take(mail(one), one).fate is Fate.FORGED, one
    assert take(mail("unsubscribe@example.org")).fate is Fate.KEPT
    assert state() is SubscriberState.ACTIVE


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\0", b"x" * 10_000_000])
def test_garbage_is_refused(take, raw):
    assert take(raw, "unsubscribe@example.org").fate is Fate.REFUSED


def test_nobody_can_vouch_for_the_address_of_an_erased_reader(take, reader, database, address):
    update_preferences.erase(database, reader, NOON)
    assert take(mail(address())).fate is Fate.FORGED


@pytest.fixture
def maildir(tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def names(maildir, folder):
    return sorted(path.name for path in (maildir / folder).iterdir())


def test_a_maildir_is_drained_and_what_needs_a_person_is_kept(
    maildir, take, database, reader, address
):
    with database.write() as session:
        store_subscribers(session, 1, first=2)
        other = subscribers.get(session, "reader2@example.org")
    others = address_of(SIGNER.token(Purpose.UNSUBSCRIBE, other.id, other.nonce))
    mails = {
        "1.leave": mail(address()),
        "2.again": mail(address()),
        "3.question": mail("unsubscribe@example.org"),
        "4.vacation": mail(others, "Auto-Submitted: auto-replied"),
        "5.large": mail(others) + b"x" * 10_000_000,
        "6.leave": mail(others),
    }
    for name, raw in mails.items():
        (maildir / "new" / name).write_bytes(raw)
    seen = []
    counts = drain(maildir, take, lambda name, receipt: seen.append((name, receipt.fate)))
    assert counts == {
        Fate.UNSUBSCRIBED: 2, Fate.ALREADY: 1, Fate.KEPT: 1, Fate.AUTOMATIC: 1, Fate.REFUSED: 1
    }  # fmt: skip
    assert [name for name, _ in seen] == sorted(mails)
    assert names(maildir, "new") == []
    assert names(maildir, "cur") == ["3.question:2,", "4.vacation:2,", "5.large:2,"]
    assert not drain(maildir, take, lambda *_: None)
    with database.read() as session:
        assert subscribers.counts(session) == {"unsubscribed": 2}


def test_what_fails_stays_where_it_was(maildir, reader, address):
    for name in ("1", "2"):
        (maildir / "new" / name).write_bytes(mail(address()))

    def fail(_raw):
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        drain(maildir, fail, lambda *_: None)
    assert names(maildir, "new") == ["1", "2"]


def test_a_mail_that_another_run_took_is_passed_over(maildir, take, reader, address):
    for name in ("1", "2"):
        (maildir / "new" / name).write_bytes(mail(address()))

    def meanwhile(raw):
        for path in (maildir / "new").iterdir():
            path.unlink()
        return take(raw)

    assert drain(maildir, meanwhile, lambda *_: None) == {Fate.UNSUBSCRIBED: 1}


def test_a_folder_that_is_no_maildir_is_refused(tmp_path, take):
    with pytest.raises(InputError, match="no Maildir"):
        drain(tmp_path, take, lambda *_: None)
