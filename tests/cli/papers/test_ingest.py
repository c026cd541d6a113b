import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from digest.cli.papers.ingest import register
from digest.cli.terminal import Terminal
from tests.dump_pages import make_abstract, write_dump


@pytest.fixture
def line(database):
    """What a command knows of the service: a stand-in with the same names."""
    line = Terminal()
    line.progress_console = Console(file=io.StringIO(), width=100)
    line.app = SimpleNamespace(
        database=database,
        topics=SimpleNamespace(classify=lambda _title, _abstract: {"coding": 1.0}),
        clock=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    return line


@pytest.fixture
def run(line):
    commands = typer.Typer()
    register(commands)
    commands.callback()(lambda: None)  # so that `ingest` stays a command's name

    def invoke(*arguments):
        result = CliRunner().invoke(commands, ["ingest", *map(str, arguments)], obj=line)
        return SimpleNamespace(
            code=result.exit_code,
            stdout=result.stdout,
            stderr=result.stderr + line.progress_console.file.getvalue(),
        )

    return invoke


def test_the_table_tells_what_was_loaded(run, tmp_path):
    result = run(write_dump(tmp_path / "a.txt", "Kettle", "Hedge"))
    assert result.code == 0
    assert "2026-11-17 (year by the file's time)" in result.stdout
    assert (
        "2 entries: 2 new papers, 0 repeats, 0 of them revised; 0 dumps refused." in result.stdout
    )
    assert result.stderr == ""


def test_json_is_what_scripts_rely_on(run, tmp_path):
    dump = write_dump(tmp_path / "a.txt", "Kettle", ("x" * 1001, make_abstract("X")))
    result = run(dump, "--json", "--date", "2025-12-31")
    assert result.code == 1
    assert json.loads(result.stdout) == {
        "dumps": [
            {
                "file": str(dump),
                "status": "new",
                "date": "2025-11-17",
                "entries": 1,
                "new": 1,
                "repeated": 0,
                "revised": 0,
                "reason": "",
                "refusals": [
                    {"line": 13, "reason": "a title of 1,001 characters; 1,000 are allowed"}
                ],
            }
        ],
        "entries": 1,
        "papers": 1,
        "repeats": 0,
        "revised": 0,
        "refused": 0,
    }


def test_refusals_name_file_line_and_reason_and_the_exit_code_tells(run, tmp_path):
    good = write_dump(tmp_path / "good.txt", "Kettle", ("Bell \a", make_abstract("Bell")))
    bad = write_dump(tmp_path / "bad.txt", "Hedge", day="Feb 30")
    gone = tmp_path / "gone.txt"
    result = run(good, bad, gone)
    assert result.code == 1
    assert result.stderr.splitlines() == [
        f"{good}:13: a control character, U+0007",
        f"{bad}:7: 'Feb 30' is not a date",
        f"{gone}: no such file or directory",
    ]
    assert "1 new paper, " in result.stdout


def test_a_refused_dump_has_its_line_in_json_too(run, tmp_path):
    result = run(write_dump(tmp_path / "bad.txt", "Hedge", day="Feb 30"), "--json")
    assert json.loads(result.stdout)["dumps"][0]["reason"] == "line 7: 'Feb 30' is not a date"


def test_a_known_dump_is_named_and_no_failure(run, tmp_path):
    dump = write_dump(tmp_path / "a[bold].txt", "Kettle")
    run(dump)
    result = run(dump)
    assert result.code == 0
    assert (
        "the same content was loaded as 'a[bold].txt' on 2026-11-20 12:00 UTC; nothing"
        in result.stdout
    )


def test_a_wrong_date_is_wrong_usage(run, tmp_path):
    assert run(tmp_path, "--date", "yesterday").code == 2
    assert run().code == 2


def test_on_a_terminal_a_bar_is_shown_on_stderr_only(line, run, tmp_path):
    line.progress_console = Console(file=io.StringIO(), force_terminal=True, width=100)
    result = run(write_dump(tmp_path / "a.txt", "Kettle"))
    assert "a.txt" in result.stderr
    assert "\x1b[" not in result.stdout


def test_help_shows_examples(run):
    assert "digest ingest dumps/" in run("--help").stdout
