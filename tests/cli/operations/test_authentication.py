"""`digest dmarc` and `digest postmaster`."""

import gzip

import pytest

from digest.errors import InputError, SettingsError
from tests.dmarc.made_reports import mailed, make_report


@pytest.fixture
def of_us(monkeypatch):
    monkeypatch.setenv("DIGEST_SENDER", "digest@example.org")


def test_reports_are_taken_from_files_and_shown(run, of_us, tmp_path):
    mail, odd = tmp_path / "one.eml", tmp_path / "odd.txt"
    mail.write_bytes(mailed(gzip.compress(make_report())))
    assert "1 new, 0 known, 0 refused." in run("dmarc", "take", str(mail))
    odd.write_text("nothing")
    printed = run("dmarc", "take", str(mail), str(odd), "--json", code=1)
    assert printed[-1] == {"new": 0, "known": 1, "refused": 1}
    (found,) = run("dmarc", "show", "--days", "366", "--json")
    assert (found["mails"], found["newest"][0]["organisation"]) == (10, "google.com")
    assert "google.com" in run("dmarc", "show", "--days", "366")
    with pytest.raises(InputError, match="Cannot read"):
        run("dmarc", "take", str(tmp_path / "none"))


def test_gmail_said_nothing_and_cannot_be_asked(run, of_us):
    assert "nothing yet" in run("postmaster", "show")
    with pytest.raises(SettingsError, match="POSTMASTER_CREDENTIALS"):
        run("postmaster", "ask")
