import json
import re
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer
from typer.testing import CliRunner

from digest.cli.development.sink import register
from digest.devtools.sink.sink import Sink
from digest.devtools.sink.spool import read_folder
from digest.errors import InputError, UnreachableError

PROGRAM = """
import typer
from digest.cli.development.sink import register
app = typer.Typer()
app.callback()(lambda: None)
register(app)
app()
"""
PORTS = ["--port", "0", "--web-port", "0"]
LETTER = b"Subject: Hello\r\n\r\n.Hi\r\n"

app = typer.Typer()
app.callback()(lambda: None)
register(app)


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """The command as a process of its own; yields it, its SMTP port and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, "sink", *PORTS, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process, process.stdout as output:
        said = ""
        while "Running" not in said and (line := output.readline()):
            said += line
        found = re.search(r"DIGEST_SMTP_URL=smtp://127.0.0.1:(\d+)", said)
        assert found, said
        try:
            yield process, int(found[1]), said
        finally:
            process.kill()


def send(port: int, to: str = "ann@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("digest@example.org", [to], LETTER)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_a_signal_and_ends_well(number):
    with running() as (process, port, said):
        send(port)
        inbox = re.search(r"Inbox +(http://127.0.0.1:\d+/)", said)
        with urlopen(inbox[1] + "api/messages", timeout=5) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["found"] == 1
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == "Stopped. Messages accepted: 1\n"


def test_it_misbehaves_and_keeps_messages_over_a_restart(tmp_path):
    rules = ["full@example.org: 452 4.2.2 mailbox full", "gone@*: 550 5.1.1 no such user"]
    options = ["--no-web", "--dir", str(tmp_path)]
    for rule in rules:
        options += ["--misbehave", rule]
    with running(*options) as (_, port, said):
        assert "Inbox" not in said
        send(port)
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="mailbox full"):
            send(port, "full@example.org")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="no such user"):
            send(port, "gone@example.com")
    assert [message.data for message in read_folder(tmp_path)] == [LETTER]
    with running("--dir", str(tmp_path)) as (process, port, _):
        send(port)
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout.read() == "Stopped. Messages accepted: 1\n"
    assert [message.id for message in read_folder(tmp_path)] == [1, 2]


@pytest.mark.parametrize("option", ["--port", "--web-port"])
def test_a_port_in_use_is_said_and_the_exit_code_is_that_of_a_server_out_of_reach(option):
    with Sink() as other:
        arguments = ["sink", *PORTS, option, str(other.port)]
        error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, UnreachableError)
    assert error.exit_code == 5
    assert "Address already in use" in str(error)
    assert option in error.hint


def test_a_bad_rule_and_a_bad_folder_are_explained(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for options, words in (
        (["--misbehave", "at lunch: drop"], "at lunch"),
        (["--dir", str(tmp_path / "file")], "File exists"),
    ):
        error = CliRunner().invoke(app, ["sink", *PORTS, *options]).exception
        assert isinstance(error, InputError)
        assert words in str(error)


def test_the_help_shows_rules_and_is_quick_to_load():
    shown = CliRunner().invoke(app, ["sink", "--help"]).output
    assert "452 4.2.2 mailbox full" in shown
    assert "--misbehave" in shown
    program = "import sys, digest.cli.development.sink; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    ).stdout.split()
    assert not {"aiosmtpd", "fastapi", "uvicorn", "jinja2"} & set(loaded)
