"""What a command says when it fails, to people and to programs; alike for every command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli import app as commands
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import BlockedError, DateError, DigestError, InputError, SettingsError
from tests.cli.test_help import ALL, options

WITH_JSON = [words for words in ALL if "--json" in options(words)]
# Without: they run until they are stopped, or show a mail or a file, or tell a story.
WITHOUT_JSON = {
    *("demo", "preview", "run", "serve", "sink", "worker", "subscribers export"),
    *("intake listen", "suppressions export", "topics text"),
}
NEEDED = {
    "admin add": ["ann@example.org"],
    "admin remove": ["ann@example.org"],
    "admin reset": ["ann@example.org"],
    "admin role": ["ann@example.org", "viewer"],
    "admin sign-out": ["ann@example.org"],
    "backup": ["backups"],
    "dkim ahead": ["--at", "2026-11-21T07:00"],
    "dkim keygen": ["key.pem", "--selector", "a"],
    "dmarc take": ["report.xml"],
    "edition claim": ["1", "Bees count"],
    "edition drop": ["1"],
    "edition move": ["1", "2"],
    "edition note": ["1", "--text", "Read this"],
    "edition pin": ["1"],
    "edition undo": ["1"],
    "edition unpin": ["1"],
    "eval": ["--labels", "a", "--interests", "b", "--dumps", "c"],
    "explain": ["ann@example.org"],
    "ingest": ["dump.txt"],
    "intake check": ["mail.eml"],
    "intake show": ["1"],
    "interests rank": ["papers.jsonl", "--interest", "bees"],
    "keys add": ["newsroom", "--scope", "ingest:write"],
    "keys revoke": ["newsroom"],
    "lab open": ["trend", "--a", "standard", "--b", "trend"],
    "replies try": ["reply.eml"],
    "restore": ["--check"],
    "schedule": ["--show"],
    "statistics": ["readers"],
    "subscribers add": ["ann@example.org"],
    "subscribers import": ["readers.csv"],
    "subscribers pause": ["ann@example.org", "--until", "2026-12-24"],
    "subscribers remove": ["ann@example.org"],
    "subscribers renew-links": ["ann@example.org"],
    "subscribers resume": ["ann@example.org"],
    "subscribers set": ["ann@example.org", "--hour", "8"],
    "subscribers show": ["ann@example.org"],
    "subscribers suppress": ["ann@example.org", "--reason", "a complaint"],
    "subscribers unsubscribe": ["ann@example.org"],
    "subscribers unsuppress": ["ann@example.org"],
    "suppressions add": ["ann@example.org", "--reason", "a complaint"],
    "suppressions import": ["list.txt", "--reason", "bounced"],
    "suppressions lift": ["ann@example.org"],
    "suppressions show": ["ann@example.org"],
    "test-mail": ["ann@example.org"],
    "topics classify": ["papers.jsonl"],
    "topics diff": ["1", "2"],
    "topics save": ["topics.toml", "--why", "bees"],
    "topics take-back": ["1", "--why", "bees"],
    "topics test": ["a text"],
    "topics try": ["--topic", "inference"],
    "votes add": ["ann@example.org", "A title"],
    "votes list": ["ann@example.org"],
    "votes reset": ["ann@example.org"],
    "webhooks add": ["https://example.org/hook"],
    "webhooks attempts": ["1"],
    "webhooks disable": ["1"],
    "webhooks enable": ["1"],
    "webhooks remove": ["1"],
    "webhooks resend": ["1", "--failed"],
    "webhooks show": ["1"],
    "webhooks test": ["1"],
}
# Mistakes are findings, or what is asked for; exit codes are a mail server's.
OWN_WORDS = {"config", "doctor", "intake"}


def failed(words, environment=None):
    """Run a command that fails; return what it raised or None, its exit code, and its values."""
    done = CliRunner().invoke(commands, words, env=environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if isinstance(done.exception, DigestError):
        return done.exception, done.exception.exit_code, lines
    assert isinstance(done.exception, SystemExit), done.exception
    return None, done.exit_code, lines


def test_only_what_is_meant_to_has_no_json():
    without = {" ".join(words) for words in ALL if "--json" not in options(words)}
    assert without == WITHOUT_JSON


@pytest.mark.parametrize("words", WITH_JSON, ids=" ".join)
def test_a_wrong_word_is_an_object_and_exit_code_2(words):
    _, code, (said,) = failed([*words, "--json", "--no-such-word"])
    assert (code, said["exit_code"]) == (2, 2)
    assert "--no-such-word" in said["error"]
    assert said["hint"] == f"digest {' '.join(words)} --help"


@pytest.mark.parametrize("words", WITH_JSON, ids=" ".join)
def test_settings_that_cannot_be_read_are_an_object_and_exit_code_2(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = " ".join(words)
    given = [*words, *NEEDED.get(name, []), "--json"]
    error, code, (said,) = failed(given, {"DIGEST_TIMEZONE": "Mars/Olympus"})
    assert "Mars/Olympus" in str(said)
    if name not in OWN_WORDS:
        assert isinstance(error, SettingsError)
        assert said == {"error": str(error), "hint": error.hint, "exit_code": 2}
        assert code == 2


def test_who_reads_no_further_gets_no_words_and_the_exit_code_of_a_closed_pipe(
    loaded,
    sqlite_url,
):
    environment = os.environ | {"DIGEST_DATABASE_URL": sqlite_url}
    ours, theirs = os.pipe()
    os.close(ours)
    program = [sys.executable, "-m", "digest", "explain", "ann@example.org", "--json"]
    done = subprocess.run(
        program,
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=environment,
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (141, b"")


def test_people_get_no_json(run):
    done = CliRunner().invoke(commands, ["send", "--date", "yesterday"])
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_send_of_a_stopped_edition_leaves_its_whole_report(loaded):
    (before,) = loaded("send", "--dry-run", "--json")
    loaded("edition", "open")
    loaded("pause", "typo")
    with pytest.raises(BlockedError) as caught:
        loaded("send", "--json")
    said = caught.value.to_json()
    assert before.keys() < said.keys()
    assert said["stopped"]["kind"] == "paused"
    assert (said["hint"], said["exit_code"]) == ("digest resume --date 2026-11-19", 1)
    loaded("cancel")
    with pytest.raises(BlockedError) as caught:
        loaded("send", "--json")
    assert caught.value.to_json()["stopped"]["kind"] == "cancelled"


def test_what_is_done_once_says_so_to_programs_too(loaded, sink):
    (sent,) = loaded("test-mail", "you@example.org", "--json")
    assert (sent["email"], sent["sent"]) == ("you@example.org", True)
    sink.misbehaviour = Misbehaviour([parse_rule("you@*: 550 5.7.1 no")])
    (refused,) = loaded("test-mail", "you@example.org", "--json", code=1)
    assert refused == sent | {"sent": False}
    loaded("keys", "add", "newsroom", "--scope", "ingest:write", "--json")
    assert loaded("keys", "revoke", "newsroom", "--json") == [{"name": "newsroom", "revoked": True}]
    (gone,) = loaded("subscribers", "remove", "bob@example.org", "--json")
    assert gone == {"email": "bob@example.org", "removed": True}


def test_wishes_that_nothing_would_come_of_are_refused(loaded):
    with pytest.raises(SettingsError, match="DIGEST_OPERATOR"):
        loaded("alerts", "--send")
    loaded("schedule", "--now", "2026-11-21", code=2)


def test_a_file_that_cannot_be_written_is_named(loaded, tmp_path):
    file = tmp_path / "a file"
    file.write_text("")
    for words in (
        ("send", "--dry-run", "--out", str(file)),
        ("send", "--dry-run", "--out", str(file / "mails")),
        ("preview", "ann@example.org", "--out", str(file / "mail.html")),
        ("subscribers", "export", "--out", str(file / "readers.csv")),
    ):
        with pytest.raises(InputError, match=r"Cannot write .*a file"):
            loaded(*words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--date", "2026-13-01"), "is not a date such as 2026-11-21"),
        (("--date", "2026-1-5"), "is not a date such as 2026-11-21"),
        (("--to", "ann@example.org", "--date", ""), "is not a date"),
        (("--now", "soon"), "is not a time such as 2026-11-21T07:00"),
        (("--now", "9999-12-31T23:59"), "is not between 1970 and 2200"),
    ],
)
def test_a_mistyped_date_or_time_of_a_send_is_wrong_usage_and_leaves_no_run(loaded, words, says):
    (found,) = loaded("send", *words, "--json", code=2)
    assert says in found["error"]
    assert found["exit_code"] == 2
    assert loaded("runs", "--json") == []


@pytest.mark.parametrize("day", ["2062-11-30", "2016-11-30", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("command", ["send", "edition open", "lint"])
def test_a_date_that_no_edition_can_have_is_wrong_usage_and_leaves_no_run(loaded, command, day):
    with pytest.raises(DateError) as caught:
        loaded(*command.split(), "--date", day)
    assert caught.value.exit_code == 2
    assert caught.value.hint.endswith("write the date as in --date 2026-11-19")
    assert loaded("runs", "--json") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("deliveries --limit 0", "0 is less than 1"),
        ("deliveries --limit x", "'x' is not a whole number"),
        ("inbox --every nan", "nan is less than 0.1"),
        ("serve --port 70000", "70000 is more than 65535"),
        ("deliveries --state lost", "'lost' is none of queued, sending, sent"),
        ("dkim keygen key.pem --selector a --type dsa", "'dsa' is none of rsa, ed25519"),
    ],
)
def test_a_word_of_another_kind_is_refused_in_our_words(words, says):
    done = CliRunner().invoke(commands, words.split())
    assert done.exit_code == 2
    assert says in done.stderr
