"""The command that a mail server calls: what it does, and what its exit code tells the server."""

import json

import pytest
from typer.testing import CliRunner

from digest.cli import app
from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import SubscriberState
from digest.render.unsubscribe_addresses import UnsubscribeAddresses
from digest.subscribers import unsubscribe
from tests.rows import store_subscribers

KEY = "a key for the tests only"


@pytest.fixture
def reader(sqlite_url):
    database = Database(sqlite_url)
    with database.write() as session:
        reader = store_subscribers(session, 1)[0]
    yield reader
    database.close()


@pytest.fixture
def address(reader):
    token = LinkSigner([KEY.encode()]).token(Purpose.UNSUBSCRIBE, reader)
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
        return unsubscribe.get(database, reader).state
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
        "unsubscribed": 1, "already": 0, "applied": 0, "unclear": 0,
        "automatic": 0, "unknown": 1, "refused": 0
    }  # fmt: skip
    assert "\n2: No address" in done.stderr  # after the goodbye that no relay took
    assert "0 unsubscribed" in run("--maildir", "mail").stdout
    with pytest.raises(InputError, match="no Maildir"):
        raise run("--maildir", "nowhere", code=1).exception
