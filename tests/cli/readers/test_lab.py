"""`digest lab`: open, status and close, in words and as JSON."""

import json

import pytest
from typer.testing import CliRunner

from digest.cli import app
from digest.errors import InputError, NotFoundError


@pytest.fixture
def run(sqlite_url):
    settings = {"DIGEST_DATABASE_URL": sqlite_url, "DIGEST_SECRET_KEY": "a key for the tests only"}

    def invoke(*words):
        done = CliRunner().invoke(app, ["lab", *words], env=settings, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_a_lab_from_its_opening_to_its_end(run):
    assert "The lab spring is open: standard (A) against trend (B)." in run(
        *("open", "spring", "--a", "standard", "--b", "trend")
    )
    said = run("status")
    assert "spring (open): standard (A) against trend (B). Votes counted: not yet." in said
    assert "Neither ranking is ahead." in said
    assert "At most 6,000 mails with a vote are needed." in said
    assert "The lab spring is closed." in run("close")
    assert "spring (closed)" in run("status", "spring")


def test_programs_get_one_object(run):
    words = ("small", "--a", "match", "--b", "votes", "--mails", "500", "--json")
    opened = json.loads(run("open", *words))
    assert (opened["a"], opened["b"], opened["planned"]) == ("match", "votes", 500)
    assert opened["closed_at"] is None
    assert opened == json.loads(run("status", "--json"))
    assert opened["editions"] == []
    assert json.loads(run("close", "--json"))["closed_at"]


def test_what_cannot_be_says_why(run):
    with pytest.raises(NotFoundError, match="No lab is open"):
        run("close")
    with pytest.raises(NotFoundError, match="no lab yet"):
        run("status")
    with pytest.raises(InputError, match="no ranking 'nothing'"):
        run("open", "x", "--a", "standard", "--b", "nothing")
