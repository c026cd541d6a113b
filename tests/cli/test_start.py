"""What a command loads before it answers: every package has its price at each start (ADR 60)."""

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
others = {name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names}
print(*others, file=sys.stderr)
"""
# What no command needs that only looks: who serves, sends, composes, draws or migrates has these.
HEAVY = {
    *("aiosmtpd", "aiosmtplib", "alembic", "apscheduler", "authlib", "cryptography", "cssutils"),
    *("fastapi", "httpx", "jinja2", "lxml", "premailer", "pydantic", "pygal", "requests"),
    *("rich", "starlette", "structlog", "uvicorn", "webauthn"),
}
HELP = {"annotated_doc", "digest", "shellingham", "typer"}
# idna comes with Message-IDs, which a list of deliveries has; two others with SQLAlchemy.
LOOK = HELP | {"idna", "sqlalchemy", "tzdata", "cython_runtime", "typing_extensions"}
# How many modules beside the standard library's; a few more than there are.
MOST_MODULES = {"--help": 46, "config --json": 52, "status": 350, "deliveries": 278}
TABLES = "digest.ground.database.tables."


def loaded_by(url, *words):
    """The modules that a command loads, but for those of the standard library."""
    environment = os.environ | {"DIGEST_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    names = done.stderr.splitlines()[-1].split()
    return {name for name in names if not name.startswith("_")}


def packages(names):
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("words", MOST_MODULES)
def test_a_command_loads_few_modules(sqlite_url, words):
    assert len(loaded_by(sqlite_url, *words.split())) <= MOST_MODULES[words]


def test_help_loads_the_command_line_alone(sqlite_url):
    found = loaded_by(sqlite_url, "--help")
    assert packages(found) - HELP == set()
    ours = {name.split(".")[1] for name in found if name.startswith("digest.")}
    assert ours <= {"cli", "errors", "ground"}


def test_the_settings_are_shown_without_a_database(sqlite_url):
    assert packages(loaded_by(sqlite_url, "config", "--json")) - HELP - {"tzdata"} == set()


@pytest.mark.parametrize("words", ["status", "runs", "deliveries"])
def test_looking_loads_nothing_that_composes_sends_or_serves(sqlite_url, words):
    found = loaded_by(sqlite_url, *words.split())
    assert packages(found) - LOOK == set()
    ours = {name.split(".")[1] for name in found if name.startswith("digest.")}
    assert not ours & {"web", "workers", "smtp", "transactional", "catalogues", "statistics"}


def test_looking_defines_no_tables_that_it_does_not_read(sqlite_url):
    found = loaded_by(sqlite_url, "status")
    tables = {name.removeprefix(TABLES) for name in found if name.startswith(TABLES)}
    assert not tables & {"accounts", "api", "askings", "limits", "statistics", "topics", "votes"}


def test_dates_and_numbers_are_read_without_another_package(sqlite_url):
    words = ("--date", "2026-11-19", "--limit", "3", "--state", "sent")
    assert packages(loaded_by(sqlite_url, "deliveries", *words)) - LOOK == set()


@pytest.mark.parametrize("words", ["subscribers list", "topics"])
def test_what_knows_the_topics_reads_words_too(sqlite_url, words):
    found = packages(loaded_by(sqlite_url, *words.split()))
    assert found - LOOK - {"Stemmer", "babel"} == set()
    assert not found & HEAVY


def test_a_process_that_sends_has_nothing_of_pages_and_of_what_inlines_styles():
    program = (
        "import sys, digest.workers.local, digest.workers.processes, digest.app.delivery\n"
        "import digest.app.composing, digest.app.preflight, digest.app.smtp\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    needed = {"aiosmtplib", "jinja2", "lxml"}
    assert set(done.stdout.split()) & (HEAVY - needed) == set()
