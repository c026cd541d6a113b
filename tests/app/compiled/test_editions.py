"""The compiled edition: the next process has it, and composes the same bytes with and without."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from pydantic import SecretStr

from digest.app import build_app
from digest.app.compiled.editions import CompiledEditions
from digest.app.files import Files
from digest.editions import changing
from digest.editions.changing import Author
from digest.ground import program
from digest.ground.kept_files import folder_beside
from digest.workers import local
from tests.factories import DAY, NOON

ONCE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # the database plays no part
READERS = {
    "topics": {},
    "phrases": {"interests": "world models;speech recognition", "muted": "survey"},
    "german": {"language": "de"},
    "full": {"layout": "full", "max_papers": "20"},
    "text": {"layout": "text"},
}


@pytest.fixture
def compiled_editions():
    """Share nothing: what is kept, and when, is what these tests are about."""
    return None


@pytest.fixture
def readers(subscribe):
    for name, wishes in READERS.items():
        subscribe(name, **wishes)


def kept_in(app):
    return folder_beside(app.journals)


def next_process(app, **changes):
    """A service that has nothing in memory, with the same database."""
    settings = replace(app.settings, **changes)
    return build_app(settings, clock=app.clock, database=app.database, files=Files(settings))


def mails(app):
    found = {}
    app.delivery.rehearse(DAY, show=lambda _, message: found.update({message.key: message.body}))
    return found


def names(app):
    return {path.name: path.stat().st_mtime_ns for path in kept_in(app).iterdir()}


@pytest.mark.usefixtures("readers")
def test_the_mails_are_the_same_with_and_without_what_is_kept(app):
    without = next_process(app)
    composing = replace(without.composing, compiled=CompiledEditions(without.files, None))
    vars(without)["composing"] = composing
    expected = mails(without)
    assert not kept_in(app).exists()
    assert len(expected) == len(READERS)
    assert mails(next_process(app)) == expected
    written = names(app)
    assert {name.partition(".")[0] for name in written} == {
        *("papers", "words", "topics", "findings", "mails-en", "mails-de"),
    }
    assert mails(next_process(app)) == expected
    assert names(app) == written  # nothing was made again


@ONCE
def test_votes_are_matched_by_what_is_kept_as_by_what_is_made(app):
    edition = app.editions.foresee(DAY)
    made = app.composing.matrix(edition)
    found = next_process(app).composing.matrix(edition)
    assert found.alike == made.alike
    for candidate in edition.edition.candidates[:5]:
        assert (found.similarity_to(candidate.paper) == made.similarity_to(candidate.paper)).all()


@ONCE
@pytest.mark.usefixtures("readers")
def test_what_was_damaged_is_made_anew(app, caplog):
    expected = mails(next_process(app))
    written = sorted(kept_in(app).iterdir())
    for number, path in enumerate(written):
        data = path.read_bytes()
        flipped = data[:-9] + bytes([data[-9] ^ 4]) + data[-8:]
        path.write_bytes([flipped, data[:-1], b""][number % 3])
    caplog.clear()
    assert mails(next_process(app)) == expected
    assert len([said for said in caplog.messages if "made anew" in said]) == len(written)
    caplog.clear()
    assert mails(next_process(app)) == expected
    assert caplog.messages == []


@ONCE
@pytest.mark.usefixtures("readers")
def test_another_secret_key_has_none_of_it(app, caplog):
    mails(next_process(app))
    before = names(app)
    mails(next_process(app, secret_key=SecretStr("another key for the tests")))
    assert "another secret key wrote it" in caplog.text
    written = names(app)
    for name in before.keys() - {one for one in before if one.startswith("findings")}:
        assert written[name] > before[name]


@ONCE
def test_another_program_has_none_of_it(app, tmp_path, monkeypatch):
    edition = app.editions.foresee(DAY).edition
    app.compiled.matching(edition)
    folder = tmp_path / "libraries"
    (folder / "premailer-99.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(folder)
    program.fingerprint.cache_clear()
    try:
        next_process(app).compiled.matching(edition)
    finally:
        program.fingerprint.cache_clear()
    assert len(names(app)) == 2


def test_what_the_editors_change_is_another_edition(app, subscribe):
    subscribe("ann")
    app.editions.open(DAY)
    before = mails(next_process(app))
    paper = app.editions.find(DAY).edition.candidates[0].paper
    changing.note(app.database, DAY, paper.id, "Read this one", Author("Ann", NOON))
    after = mails(next_process(app))
    assert after != before
    assert any(b"Read this one" in mail for mail in after.values())


@ONCE
def test_without_a_secret_key_nothing_is_kept(app):
    keyless = next_process(app, secret_key=None)
    keyless.compiled.matching(keyless.editions.foresee(DAY).edition)
    assert not kept_in(app).exists()


@ONCE
def test_a_folder_that_cannot_be_written_costs_only_time(app, subscribe, caplog):
    subscribe("ann")
    kept_in(app).write_text("a file is in the way")
    report = local.send(app, DAY)
    assert report.states == {"sent": 1}
    assert sum("Nothing can be kept" in said for said in caplog.messages) == 1


PROGRAM = """
import sys
from digest.cli import main
sys.argv = ["digest", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@ONCE
def test_a_process_that_finds_it_imports_no_inliner_no_templates_and_no_parser(app, subscribe):
    environment = os.environ | {
        "DIGEST_DATABASE_URL": app.settings.database_url.get_secret_value(),
        "DIGEST_SMTP_URL": app.settings.smtp_url.get_secret_value(),
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "DIGEST_JOURNAL_DIR": str(app.journals),
        "DIGEST_WORKERS": "1",
    }

    def modules_of_a_send_to(name):
        subscribe(name)
        words = [sys.executable, "-c", PROGRAM, "send", "--date", DAY.isoformat()]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        return set(done.stdout.splitlines()[-1].split())

    heavy = {"premailer", "lxml", "cssutils", "jinja2", "requests"}
    assert heavy <= modules_of_a_send_to("ann")
    assert not heavy & modules_of_a_send_to("ben")
