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
