"""The systemd units: read by systemd itself where it is there, and their commands really run."""

import os
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digest.devtools.sink.sink import Sink
from tests.cli.test_help import ALL
from tests.conftest import REPOSITORY
from tests.dumps import make_dump
from tests.factories import DAY
from tests.processes import Process

FOLDER = REPOSITORY / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
UNITS = [*SERVICES, *sorted(FOLDER.glob("*.timer"))]
PROGRAM = "/opt/digest/bin/digest"
MOST_EXPOSED = 20  # tenths, as systemd-analyze counts
COMMANDS = {" ".join(words) for words in ALL}


def name_of(path: Path) -> str:
    return path.name


def commands(unit: Path, kind: str) -> list[list[str]]:
    """Return the commands of a unit, as words; a leading "-" says that a failure is ignored."""
    lines = re.findall(rf"^{kind}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    return [shlex.split(line) for line in lines]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as if the program were installed: systemd looks whether it is there."""
    program = tmp_path / "digest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = unit.read_text("utf-8").replace(PROGRAM, str(program))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run([tool, *words], capture_output=True, text=True, check=False)


def test_systemd_understands_every_line(installed):
    done = analyze("verify", *(str(installed / unit.name) for unit in UNITS))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_a_service_may_do_hardly_anything(installed, unit):
    limit = f"--threshold={MOST_EXPOSED}"
    done = analyze("security", "--offline=true", limit, str(installed / unit.name))
    assert done.returncode == 0, done.stdout


def test_all_services_are_held_in_the_same_way():
    shared = {
        unit.read_text("utf-8").partition("# What it may do")[2].partition("[Install]")[0].strip()
        for unit in SERVICES
    }
    assert len(shared) == 1


@pytest.fixture
def machine(tmp_path: Path):
    """A machine's folders under another name: what turns a unit's command into one for here."""
    home = tmp_path / "digest"
    (home / "inbox").mkdir(parents=True)
    (home / "inbox" / "dump.txt").write_text(make_dump(9, DAY), encoding="utf-8")
    with Sink() as sink:
        (home / ".env").write_text(
            f"DIGEST_SECRET_KEY='a key for the tests only'\nDIGEST_SMTP_URL={sink.url}\n"
        )
        yield home


def words_for_here(words: list[str], home: Path) -> list[str]:
    program, *rest = words
    assert program.lstrip("-") == PROGRAM
    rest = [word.replace("/var/lib/digest", str(home)).replace("%i", "1") for word in rest]
    assert rest[0] in COMMANDS
    if rest[0] in ("serve", "run"):
        rest += ["--port", "0"]
    return [sys.executable, "-W", "error", "-m", "digest", *rest]


def environment(unit: Path) -> dict[str, str]:
    given = " ".join(re.findall(r"^Environment=(.*)$", unit.read_text("utf-8"), re.MULTILINE))
    mine = dict(pair.split("=", 1) for pair in shlex.split(given))
    return {**os.environ, **mine, "PYTHONPATH": str(REPOSITORY)}


def prepare(unit: Path, home: Path) -> None:
    for words in commands(unit, "ExecStartPre"):
        done = subprocess.run(
            words_for_here(words, home), cwd=home, env=environment(unit), check=False
        )
        assert done.returncode == 0 or words[0].startswith("-")


@pytest.mark.e2e
@pytest.mark.parametrize(
    "unit", [each for each in SERVICES if "Type=exec" in each.read_text("utf-8")], ids=name_of
)
def test_a_service_starts_and_ends_well_when_it_is_told_to(unit, machine):
    ((words),) = commands(unit, "ExecStart")
    here = words_for_here(words, machine)
    prepare(unit, machine)
    with Process(
        here,
        cwd=machine,
        env=environment(unit),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        with selectors.DefaultSelector() as news:
            news.register(process.stdout, selectors.EVENT_READ)
            news.select(timeout=20)  # its first words; a part without pages may have none
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    # systemd takes an end by the SIGTERM that it sent for a clean one.
    assert process.returncode in (0, -signal.SIGTERM), said
    assert "Traceback" not in said


@pytest.mark.e2e
@pytest.mark.parametrize(
    "unit", [each for each in SERVICES if "Type=oneshot" in each.read_text("utf-8")], ids=name_of
)
def test_a_job_runs_to_its_end(unit, machine):
    prepare(unit, machine)
    for words in commands(unit, "ExecStart"):
        subprocess.run(
            words_for_here(words, machine), cwd=machine, env=environment(unit), check=True
        )
