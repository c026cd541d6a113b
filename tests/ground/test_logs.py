"""The log of a real process: its form, its level, and what is never in it."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PROGRAM = """
import logging
from digest.ground import log_context
from digest.ground.logs import configure_logs
configure_logs({form!r}, {level!r})
configure_logs({form!r}, {level!r})
log_context.bind(run="0a1b2c3d", edition="2026-11-21", batch=7)
log = logging.getLogger("digest.test")
log.info("handed over", extra=dict(to="ann@example.org", token="short", count=3))
log.debug("a detail")
logging.getLogger("uvicorn.error").warning("%s asked for /u/%s", "192.0.2.1", "AAbCdEf1" * 4)
logging.getLogger("apscheduler.scheduler").info("Running job")
try:
    raise ValueError("bob@example.org is odd")
except ValueError:
    logging.getLogger("digest.smtp").exception("refused")
"""


def lines_of(form: str, level: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM.format(form=form, level=level)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == ""
    assert "example.org" not in run.stderr
    assert "AAbCdEf1" not in run.stderr
    return run.stderr.splitlines()


def test_json_lines_carry_what_was_bound_whoever_wrote_them():
    ours, web, trouble = map(json.loads, lines_of("json", "info"))
    assert ours["event"] == "handed over"
    assert (ours["to"], ours["token"], ours["count"]) == ("[address]", "[secret]", 3)
    assert web["event"] == "192.0.2.1 asked for /u/[token]"
    assert web["logger"] == "uvicorn.error"
    assert "ValueError: [address] is odd" in trouble["exception"]
    for line in (ours, web, trouble):
        assert (line["run"], line["edition"], line["batch"]) == ("0a1b2c3d", "2026-11-21", 7)
        assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(("level", "seen"), [("debug", 5), ("info", 3), ("error", 1)])
def test_the_level_decides_what_is_written(level, seen):
    assert len([line for line in lines_of("json", level) if line.startswith("{")]) == seen


def test_lines_for_people_say_the_same():
    lines = lines_of("console", "info")
    assert "handed over" in lines[0]
    assert "run=0a1b2c3d" in lines[0]
    assert any("ValueError: [address] is odd" in line for line in lines)
