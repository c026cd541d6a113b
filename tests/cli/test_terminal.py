"""Whatever strangers write is shown as it stands: no markup, no escape, no line of its own."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from digest.cli.terminal import Terminal
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.engine import Database
from digest.ground.database.tables.papers import PaperRow
from digest.runs import runs
from digest.subscribers.store import subscribers
from tests.factories import NOON

MARKUP = "[/bold] [link=a]x[/link] :smile:"
ESCAPES = "\x1b[2J\nerror: \x9b2J\u202e!"
AS_IT_STANDS = (*MARKUP.split(), r"\x1b[2J\nerror:", r"\x9b2J\u202e!")  # each is on one line
LISTS = ("papers", "edition", "explain ann@example.org", "votes list ann@example.org")


@pytest.fixture
def digest(run, sqlite_url, sink):
    """Run the command as a process of its own."""
    environment = os.environ | {
        "DIGEST_DATABASE_URL": sqlite_url,
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "DIGEST_SMTP_URL": sink.url,
    }

    def call(*words):
        program = [sys.executable, "-m", "digest", *words]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)

    return call


@pytest.fixture
def hostile(loaded, sqlite_url):
    """A service that strangers have written into, wherever they can."""
    loaded("votes", "add", "ann@example.org", "study 7 ")
    database = Database(sqlite_url)
    with database.write() as session:
        for paper in session.query(PaperRow):
            paper.title = f"{MARKUP} {ESCAPES}"
        ann = subscribers.get(session, "ann@example.org")
        wishes = replace(ann.preferences, interests=(f"{MARKUP} {ESCAPES}",))
        subscribers.set_preferences(session, ann.id, wishes)
    database.close()
    return loaded


def missing(shown: str) -> list[str]:
    """What of it is not shown as it stands; nothing may steer the terminal."""
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    assert not [line for line in shown.splitlines() if line.startswith("error:")]
    return [part for part in AS_IT_STANDS if part not in shown]


@pytest.mark.parametrize("words", LISTS)
def test_a_title_is_no_markup_and_steers_nothing(hostile, words):
    hostile("edition", "open")
    assert not missing(hostile(*words.split()))
    found = hostile(*words.split(), "--json")
    assert json.dumps(f"{MARKUP} {ESCAPES}") in json.dumps(found)


def test_an_interest_breaks_neither_list_nor_show(hostile):
    listed = hostile("subscribers", "list")
    assert not missing(listed)
    assert "bob@example.org" in listed
    assert not missing(hostile("subscribers", "show", "ann@example.org"))


def test_a_reply_of_a_mail_server_is_text(loaded, sink):
    sink.misbehaviour = Misbehaviour([parse_rule(f"ann@*: 550 5.1.1 {MARKUP}")])
    loaded("send", code=1)
    for words in (("deliveries",), ("subscribers", "show", "ann@example.org")):
        shown = loaded(*words)
        assert all(part in shown for part in MARKUP.split())


def test_a_reason_and_a_trouble_are_one_line(loaded, sqlite_url):
    loaded("edition", "open")
    assert not missing(loaded("pause", f"{MARKUP} {ESCAPES}"))
    assert not missing(loaded("status"))
    assert not missing(loaded("alerts", code=1))
    database = Database(sqlite_url)
    with pytest.raises(ValueError, match="error:"), runs.recorded(database, "x", lambda: NOON):
        raise ValueError(f"{MARKUP} {ESCAPES}")
    database.close()
    assert not missing(loaded("runs"))


def test_what_a_stranger_wrote_into_an_error_looks_like_no_message_of_ours(loaded, digest):
    loaded("edition", "open")
    loaded("pause", ESCAPES)
    done = digest("send")
    assert done.returncode == 1
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.stderr)
    errors = [line for line in done.stderr.splitlines() if line.lstrip().startswith("error")]
    assert [line[:7] for line in errors] == ["error: ", "  error"]
    as_json = digest("send", "--json").stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(as_json)
    assert json.loads(as_json)["error"].endswith(ESCAPES)


def test_a_file_with_a_hostile_name_is_loaded_and_named(digest, tmp_path):
    folder = tmp_path / "dumps"
    folder.mkdir()
    name = os.fsdecode(b"\xff\x1b[2J[bold].txt")
    (folder / name).write_text("no dump")
    done = digest("ingest", str(folder))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert r"\udcff\x1b[2J[bold].txt: " in done.stderr
    assert r"\udcff\x1b[2J[bold].txt" in "".join(done.stdout.split())
    as_json = digest("ingest", str(folder), "--json").stdout
    assert json.loads(as_json)["dumps"][0]["file"] == str(folder / name)


def test_a_mail_that_is_looked_at_steers_nothing(hostile):
    assert not {"\x1b", "\x9b", "\u202e"} & set(hostile("preview", "ann@example.org"))


def test_a_value_of_several_lines_keeps_them_and_one_cell_is_one_line(capsys):
    terminal = Terminal()
    terminal.facts({"one": ["first", "se\ncond"], "two": "[red]x"})
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines == [["one", "first"], [r"se\ncond"], ["two", "[red]x"]]
