"""status, runs, alerts and doctor, as people and as programs call them."""

from datetime import UTC, datetime


def test_each_run_leaves_a_report(loaded):
    (sent,) = loaded("send", "--json")
    (found,) = loaded("runs", "--json")
    assert found["report"] == sent
    assert found["trouble"] == ""
    assert "2 sent" in loaded("runs")
    (status,) = loaded("status", "--json")
    assert status["last_run"] == found
    assert status["subscribers"] == {"active": 2}
    assert status["waiting"] == {}
    shown = loaded("status", "--now", "2026-11-19T09:00")
    assert shown.startswith("Today's edition is out: all went well, 2 mails sent.\n")
    assert "next edition due" in shown


def test_no_edition_is_named_where_no_dump_could_be_opened(run, tmp_path):
    broken = tmp_path / "2026-11-19.txt"
    broken.write_bytes(b"\xff\xfe no dump")
    run("ingest", str(broken), code=1)
    (found,) = run("status", "--json", "--now", "2026-11-19T09:00")
    assert (found["dumps"], found["next_due"]) == ({"refused": 1}, None)
    shown = " ".join(run("status", "--now", "2026-11-19T09:00").split())
    assert "next edition due Nothing brings papers" in shown
    assert "2026-11-20" not in shown


def test_the_status_is_in_units_of_people_and_its_json_in_those_of_machines(loaded):
    loaded("send", "--now", "2026-11-19T08:00")
    loaded("pause", "a typo", "--now", "2026-11-19T08:30")
    now = ("status", "--now", "2026-11-19T11:30")
    shown = loaded(*now)
    assert shown.startswith("Something is wrong: The edition of 2026-11-19 is paused.\n")
    assert "paused since 2026-11-19 08:30 UTC, 3 hours ago: a typo" in shown
    assert "GB free in " in " ".join(shown.split())
    assert "2026-11-20 07:00 UTC, in 20 hours" in shown
    (found,) = loaded(*now, "--json")
    assert found["stopped"]["since"] == "2026-11-19T08:30:00+00:00"
    assert all(isinstance(free, int) for free in found["disk"].values())


def test_runs_are_filtered_by_their_end_and_searched(loaded, sink):
    sink.replies = {"ann@example.org": "550 no such user"}
    loaded("send", code=1)
    loaded("pause")
    kinds = {
        words: [run["kind"] for run in loaded("runs", "--json", *words)]
        for words in ((), ("--state", "trouble"), ("--state", "well"), ("--search", "PAU"))
    }
    assert kinds == {
        (): ["pause", "send"],
        ("--state", "trouble"): ["send"],
        ("--state", "well"): ["pause"],
        ("--search", "PAU"): ["pause"],
    }
    assert len(loaded("runs", "--limit", "1", "--json")) == 1


def test_what_is_wrong_is_told_with_the_remedy_and_exit_code_1(loaded, monkeypatch):
    late = datetime(2026, 11, 19, 23, 0, tzinfo=UTC).isoformat()
    (found,) = loaded("alerts", "--now", late, "--json", code=1)
    assert [each["name"] for each in found["troubles"]] == ["edition"]
    monkeypatch.setenv("DIGEST_OPERATOR", "ops@example.org")
    assert "digest send" in loaded("alerts", "--send", "--now", late, code=1)
    loaded("send", "--now", late)
    assert "Nothing is wrong" in loaded("alerts", "--now", late)


def test_the_doctor_finds_mistakes_without_stopping(loaded):
    (found,) = loaded("doctor", "--offline", "--json", code=1)
    levels = {each["name"]: each["level"] for each in found["findings"]}
    assert levels["permissions"] == "fail"  # of a file that the test has written
    assert levels["smtp"] == "skipped"
    assert found["failed"] == sum(level == "fail" for level in levels.values())
    assert "to fix: chmod" in loaded("doctor", "--offline", code=1)


def test_the_doctor_reports_settings_that_cannot_be_read(run, monkeypatch):
    monkeypatch.setenv("DIGEST_TIMEZONE", "Mars/Olympus")
    (found,) = run("doctor", "--json", code=1)
    assert found["findings"][0]["name"] == "settings"
    assert "Mars/Olympus" in found["findings"][0]["what"]
