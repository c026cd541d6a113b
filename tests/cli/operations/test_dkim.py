"""Keys by the command line: made, shown, and signed with."""

import json
import sys
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from digest.cli import app as commands
from digest.errors import InputError, NotFoundError, SettingsError
from tests.factories import DAY, NOON


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*words, code=0, **settings):
        environment = {"DIGEST_SENDER": "Papers <digest@example.org>", **settings}
        done = CliRunner().invoke(commands, ["dkim", *words], env=environment)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        sys.stderr.write(done.stderr)
        return done.stdout

    return invoke


def test_keygen_prints_what_to_publish_and_what_to_set(run, tmp_path):
    shown = run("keygen", "key.pem", "--selector", "d2026")
    assert 'd2026._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=' in shown
    assert f"DIGEST_DKIM_KEY_FILE={tmp_path / 'key.pem'}" in shown
    assert "DIGEST_DKIM_SELECTOR=d2026" in shown
    assert "PRIVATE" not in shown
    with pytest.raises(InputError):
        run("keygen", "key.pem", "--selector", "d2026")
    run("keygen", "other.pem", "--selector", "a b", code=2)
    with pytest.raises(SettingsError, match="The domain to sign for"):
        run("keygen", "other.pem", "--selector", "d2026", DIGEST_SENDER="")
    assert [file.name for file in tmp_path.iterdir()] == ["key.pem"]


def test_record_prints_every_key_that_is_set(run):
    made = json.loads(run("keygen", "e.pem", "--selector", "e1", "--type", "ed25519", "--json"))
    run("keygen", "r.pem", "--selector", "r1")
    keys = {"DIGEST_DKIM_KEY_FILE": "r.pem,e.pem", "DIGEST_DKIM_SELECTOR": "r1,e1"}
    found = [json.loads(line) for line in run("record", "--json", **keys).splitlines()]
    assert found[1] == made
    assert found[0]["name"] == "r1._domainkey.example.org"
    assert len(run("record", **keys).splitlines()) == 2


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_ahead_signs_the_mails_of_an_edition(run, app, subscribe, capsys):
    subscribe("ann", "bob")
    app.editions.open(DAY)
    run("keygen", "e.pem", "--selector", "e1", "--type", "ed25519")
    at, now = NOON.isoformat(), (NOON - timedelta(hours=1)).isoformat()
    command = ("ahead", "--at", at, "--now", now)
    environment = {
        "DIGEST_DATABASE_URL": app.settings.database_url.get_secret_value(),
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "DIGEST_DKIM_KEY_FILE": "e.pem",
        "DIGEST_DKIM_SELECTOR": "e1",
    }
    assert run(*command, **environment) == "2 mails signed.\n"
    assert json.loads(run(*command, "--json", **environment)) == {"signed": 0}
    assert "All mails of then are signed" in capsys.readouterr().err
    far = ("ahead", "--at", (NOON + timedelta(days=90)).isoformat(), "--now", now)
    assert run(*far, **environment) == "2 mails signed.\n"
    assert f"The scheduler mails the edition of {DAY} until" in capsys.readouterr().err


def test_record_without_a_key_says_how_to_make_one(run):
    with pytest.raises(NotFoundError, match="DIGEST_DKIM_KEY_FILE is not set"):
        run("record")
    with pytest.raises(SettingsError, match="DIGEST_DKIM_SELECTOR"):
        run("record", DIGEST_DKIM_SELECTOR="-")
