"""What a command loads before it answers: every package has its price at each start."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from digest.cli import main
sys.argv = ["digest", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end
others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(*sorted(name for name in others if not name.startswith("_")), file=sys.stderr)
ours = {".".join(name.split(".")[:2]) for name in sys.modules if name.startswith("digest.")}
print(*sorted(ours), file=sys.stderr)
"""
HELP = {"annotated_doc", "digest", "shellingham", "typer"}
SETTINGS = HELP | {
    *("annotated_types", "dotenv", "pydantic", "pydantic_core", "pydantic_settings"),
    *("typing_extensions", "typing_inspection", "tzdata"),
}
# Stemmer comes with the trend, which compares titles, and leaves cython_runtime behind; idna with
# Message-IDs, which a list of deliveries has.
STATUS = SETTINGS | {
    *("babel", "greenlet", "rich", "sqlalchemy"),
    *("Stemmer", "cython_runtime", "idna"),
}


def loaded_by(url, *words):
    """The packages and our own parts that a command loads."""
    environment = os.environ | {"DIGEST_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    *_, others, ours = done.stderr.splitlines()
    return set(others.split()), set(ours.split())


def test_help_loads_the_command_line_alone(sqlite_url):
    others, ours = loaded_by(sqlite_url, "--help")
    assert others <= HELP
    assert not ours & {"digest.app", "digest.settings", "digest.operations", "digest.delivery"}


def test_the_settings_are_shown_without_a_database(sqlite_url):
    others, _ = loaded_by(sqlite_url, "config", "--json")
    assert others <= SETTINGS


@pytest.mark.parametrize("words", ["status", "runs", "subscribers list", "deliveries"])
def test_looking_loads_nothing_that_composes_sends_or_serves(sqlite_url, words):
    others, ours = loaded_by(sqlite_url, *words.split())
    assert others - STATUS == set()
    assert not ours & {"digest.web", "digest.workers", "digest.smtp", "digest.transactional"}
