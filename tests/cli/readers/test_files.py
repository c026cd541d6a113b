"""Files of readers on the command line: looked at, mapped, imported, exported."""

import json
import stat

import pytest

from digest.errors import InputError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "readers.csv"


def addresses(run):
    return [one["email"] for one in run("subscribers", "list", "--json")]


def test_a_dry_run_shows_a_table_and_changes_nothing(run, file):
    file.write_text(
        "uuid,email,name,attributes,status\n1,ann@example.org,Ann,{},enabled\n"
        "2,bob@example.org,Bob,{},blocklisted\n3,nobody,,{},enabled\n"
    )
    words = ("subscribers", "import", str(file), "--confirmed", "--dry-run")
    shown = run(*words, code=1)
    assert "a file of listmonk, fields between commas, UTF-8" in shown
    for row in (("added", "1"), ("refused: blocklisted", "1"), ("refused: not a mail", "1")):
        assert any(all(part in line for part in row) for line in shown.splitlines()), row
    assert "honoured" in shown
    assert addresses(run) == []
    (report,) = run(*words, "--json", code=1)
    assert report["dry_run"] is True
    assert report["refused_by"] == {"blocklisted": 1, "not a mail address": 1}
    assert {"column": "status", "taken_as": "status"} in report["columns"]


def test_columns_are_mapped_and_ignored_as_somebody_says(run, file):
    file.write_text("Kontakt;Anzeige;Newsletter state\nann@example.org;Ann;gold\n", "cp1252")
    with pytest.raises(InputError, match="none that is known to hold addresses: 'Kontakt'"):
        run("subscribers", "import", str(file))
    mapped = ("--map", "email=Kontakt", "--map", "name=Anzeige")
    with pytest.raises(InputError, match="'Newsletter state' may say"):
        run("subscribers", "import", str(file), *mapped)
    words = (*mapped, "--ignore", "Newsletter state", "--confirmed", "--consent", "fair of 2025")
    assert "1 added, 0 known, 0 refused." in run("subscribers", "import", str(file), *words)
    (ann,) = run("subscribers", "list", "--json")
    assert (ann["email"], ann["name"], ann["state"]) == ("ann@example.org", "Ann", "active")


def test_an_update_is_counted(run, file):
    file.write_text("email,name,status\nann@example.org,Ann,\nbob@example.org,Bob,\n")
    run("subscribers", "import", str(file), "--confirmed")
    file.write_text("email,name,status\nann@example.org,Ann Smith,\nbob@example.org,,cleaned\n")
    told = run("subscribers", "import", str(file), "--confirmed", "--update")
    assert "0 added, 0 known, 0 refused, 1 changed, 1 ended." in told


def test_of_very_many_problems_a_thousand_are_listed(run, file):
    file.write_text("email\n" + "x\n" * 1500)
    (report,) = run("subscribers", "import", str(file), "--json", code=1)
    assert (report["refused"], len(report["problems"])) == (1500, 1000)


def test_lines_that_repeat_an_address_are_counted_and_the_first_are_named(run, file):
    file.write_text("email\nann@example.org\nbob@example.org\nAnn@example.org\n")
    told = run("subscribers", "import", str(file), "--dry-run", remarks=True)
    assert "line 4 repeats the address of an earlier line" in " ".join(told.split())
    file.write_text("email\n" + "ann@example.org\n" * 1500)
    told = " ".join(run("subscribers", "import", str(file), "--confirmed", remarks=True).split())
    assert "1,499 lines repeat the address of an earlier line: 3, 4, 5, 6, 7 and 1,494 more" in told
    (report,) = run("subscribers", "import", str(file), "--json")
    assert (report["repeats"], len(report["repeated"])) == (1499, 1000)


def test_exports_are_for_their_owner_alone_and_follow_no_link(run, tmp_path):
    run("subscribers", "add", "=ann@example.org", "--confirmed")
    for words in ((), ("--everything",)):
        out = tmp_path / "out"
        run("subscribers", "export", *words, "--out", str(out))
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert "'=ann@example.org" in out.read_text() or words
        out.unlink()
        out.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(InputError, match="Cannot write"):
            run("subscribers", "export", *words, "--out", str(out))
        out.unlink()
    assert not (tmp_path / "elsewhere").exists()


def test_everything_is_exported_and_imported(run, tmp_path):
    run("subscribers", "add", "ann@example.org", "--confirmed")
    run("subscribers", "add", "bob@example.org")
    out = tmp_path / "list.jsonl"
    told = run("subscribers", "export", "--everything", "--out", str(out))
    assert "2 subscribers and 0 suppressions" in told
    assert (
        run("subscribers", "export", "--everything").splitlines()[1:]
        == (out.read_text().splitlines()[1:])
    )
    run("subscribers", "remove", "ann@example.org")
    (report,) = run("subscribers", "import", str(out), "--json")
    assert (report["added"], report["known"], report["system"]) == (1, 1, "digest")
    states = {one["email"]: one["state"] for one in run("subscribers", "list", "--json")}
    assert states == {"ann@example.org": "active", "bob@example.org": "pending"}
    assert json.loads(out.read_text().splitlines()[-1]) == {
        "end": {"suppressions": 0, "subscribers": 2}
    }
