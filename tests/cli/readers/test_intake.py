"""The command that a mail server calls: what it does, and what its exit code tells the server."""

import json

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from digest.cli import app
from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import SubscriberState
from digest.render.unsubscribe_addresses import UnsubscribeAddresses
from digest.subscribers import unsubscribe
from digest.subscribers.store import subscribers
from tests.factories import NONCE
from tests.imap_server import ImapServer
from tests.intake.returned import corpus
from tests.rows import store_subscribers

KEY = "a key for the tests only"


@pytest.fixture
def reader(sqlite_url):
    database = Database(sqlite_url)
    with database.write() as session:
        store_subscribers(session, 1)
        reader = subscribers.get(session, "reader1@example.org")
    yield reader
    database.close()


@pytest.fixture
def bounced(reader, sqlite_url):
    """The reader whose mail comes back in the corpus."""
    database = Database(sqlite_url)
    with database.write() as session:
        store_subscribers(session, 1, first=2)
        theirs = update(SubscriberRow).where(SubscriberRow.address == "reader2@example.org")
        session.execute(theirs.values(id=corpus.SUBSCRIBER, nonce=NONCE))
    database.close()


@pytest.fixture
def address(reader):
    token = LinkSigner([KEY.encode()]).token(Purpose.UNSUBSCRIBE, reader.id, reader.nonce)
    uri = UnsubscribeAddresses("unsubscribe@example.org").uri(token)
    return uri.removeprefix("mailto:").partition("?")[0]


@pytest.fixture
def run(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*words, mail=b"", code=0, **changes):
        environment = {"DIGEST_DATABASE_URL": sqlite_url, "DIGEST_SECRET_KEY": KEY, **changes}
        done = CliRunner().invoke(app, ["intake", *words], input=mail, env=environment)
        assert done.exit_code == code, done.output
        return done

    return invoke


def state(sqlite_url, reader):
    database = Database(sqlite_url)
    try:
        return unsubscribe.get(database, reader.id).state
    finally:
        database.close()


def test_a_mail_to_the_address_ends_the_subscription(run, address, reader, sqlite_url):
    done = run("--recipient", address, mail=b"Subject: unsubscribe\n\n")
    assert done.stdout == ""
    assert "is unsubscribed" in done.stderr
    assert state(sqlite_url, reader) is SubscriberState.UNSUBSCRIBED
    again = run("--json", mail=f"To: <{address}>\n\n".encode())
    assert json.loads(again.stdout)["fate"] == "already"


def test_an_address_that_is_not_ours_is_returned_to_the_sender(run, address, reader, sqlite_url):
    done = run(mail=f"To: 0{address.replace('+', '+0')}\n\n".encode(), code=67)
    assert "Nothing was done" in done.stderr
    assert state(sqlite_url, reader) is SubscriberState.ACTIVE


@pytest.mark.parametrize("mail", [b"", b"\xff\0", b"Subject: x\n\n" + b"x" * 10_000_000])
def test_what_is_no_mail_or_too_large_is_returned(run, address, mail):
    done = run("--recipient", address, mail=mail, code=65)
    assert "no header" in done.stderr or "more than" in done.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"DIGEST_SECRET_KEY": ""},
        {"DIGEST_DATABASE_URL": "sqlite:////nowhere/at/all.db"},
        {"DIGEST_DATABASE_URL": "sqlite:///empty.db"},
        {"DIGEST_DATABASE_URL": "what is this"},
        {"DIGEST_SEND_HOUR": "noon"},
    ],
    ids=["no key", "no disk", "no tables", "no address", "a wrong setting"],
)
def test_what_is_our_own_fault_lets_the_server_try_again(run, address, changes):
    done = run("--recipient", address, mail=b"Subject: x\n\n", code=75, **changes)
    assert done.stderr.startswith("not now:")


def test_a_maildir_is_drained(run, address, tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    (tmp_path / "mail" / "new" / "1").write_bytes(f"To: {address}\n\n".encode())
    (tmp_path / "mail" / "new" / "2").write_bytes(b"To: unsubscribe@example.org\n\n")
    done = run("--maildir", "mail", "--json", code=1)
    assert json.loads(done.stdout) == {
        "unsubscribed": 1, "already": 0, "recorded": 0, "applied": 0, "unclear": 0,
        "automatic": 0, "kept": 1, "forged": 0, "refused": 0,
    }  # fmt: skip
    assert done.stderr.startswith("2: It is no report")  # the goodbye waits in the outbox
    assert "0 unsubscribed" in run("--maildir", "mail").stdout
    with pytest.raises(InputError, match="no Maildir"):
        raise run("--maildir", "nowhere", code=1).exception


def test_a_bounce_is_stored_and_can_be_looked_at(run, bounced):
    done = run("--recipient", corpus.RETURN_PATH, mail=corpus.octets("postfix-unknown"))
    assert "A delivery status notification (RFC 3464), signed." in done.stderr
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["fate"], row["way"], row["raw"]) == ("recorded", "pipe", False)
    assert row["feedback"][0]["subscriber"] == corpus.SUBSCRIBER
    assert "1 recorded" in run("list").stdout
    assert "User unknown" in run("show", "1").stdout
    assert json.loads(run("show", "1", "--json").stdout) == row
    assert isinstance(run("show", "1", "--raw", code=1).exception, NotFoundError)
    assert isinstance(run("show", "2", code=1).exception, NotFoundError)


def test_what_a_person_wrote_is_kept_as_it_came(run, bounced):
    raw = corpus.octets("person-answers")
    run(mail=raw)
    assert run("show", "1", "--raw").stdout_bytes == raw
    assert len(json.loads(run("list", "--kept", "--json").stdout)) == 1


def test_a_check_says_what_mails_are_and_changes_nothing(run, tmp_path, address, bounced):
    for name in ("postfix-unknown", "forged-return-path", "away-german", "exim-unsigned"):
        (tmp_path / f"{name}.eml").write_bytes(corpus.octets(name))
    (tmp_path / "leave.eml").write_text(f"To: {address}\n\n")
    (tmp_path / "none.eml").write_bytes(b"")
    files = [path.name for path in sorted(tmp_path.glob("*.eml"))]
    done = run("check", *files, "gone.eml", "--json", code=1)
    rows = {row["file"]: row for row in map(json.loads, done.stdout.splitlines())}
    kinds = {name: row.get("kind", "error") for name, row in rows.items()}
    assert kinds == {
        "away-german.eml": "automatic",
        "exim-unsigned.eml": "bounce",
        "forged-return-path.eml": "forged",
        "gone.eml": "error",
        "leave.eml": "unsubscribe",
        "none.eml": "error",
        "postfix-unknown.eml": "bounce",
    }
    assert rows["postfix-unknown.eml"]["trusted"]
    assert not rows["exim-unsigned.eml"]["trusted"]
    assert rows["exim-unsigned.eml"]["feedback"][0]["address"] == "ann@example.net"
    assert not json.loads(run("list", "--json").stdout or "[]")


def test_a_check_of_mails_without_tokens_opens_no_database(run, tmp_path):
    (tmp_path / "exim.eml").write_bytes(corpus.octets("exim-unsigned"))
    done = run("check", "exim.eml", DIGEST_DATABASE_URL="sqlite:///no.db")
    assert "hard" in done.stdout
    assert not (tmp_path / "no.db").exists()


def test_options_in_front_of_a_command_are_refused(run):
    assert "the options go behind" in run("--json", "list", code=2).output


def test_a_mailbox_is_emptied(run, bounced):
    with ImapServer(corpus.octets("postfix-unknown")) as server:
        url = f"imap://bounces:secret@127.0.0.1:{server.port}/INBOX"
        assert run("fetch", DIGEST_INTAKE_IMAP_URL=url).stdout == "1 taken.\n"
        assert json.loads(run("fetch", "--json", DIGEST_INTAKE_IMAP_URL=url).stdout) == {"taken": 0}
    assert json.loads(run("list", "--json").stdout)[0]["way"] == "imap"
    assert isinstance(run("fetch", code=1).exception, InputError)
