"""Reports and verdicts show in status, metrics, alerts, doctor and on the command line."""

import json

import pytest
from prometheus_client import generate_latest

from digest.dmarc.taking import take_report
from digest.operations import metrics
from digest.operations.doctor import reported
from digest.postmaster.rules.compliance import State, Verdict
from digest.postmaster.store import verdicts
from digest.scheduler import tasks
from tests.dmarc.made_reports import make_record, make_report


@pytest.fixture
def reports(app):
    def take(*records):
        xml = make_report(list(records))
        assert take_report(app.database, xml, ["example.org"], app.clock()).new == 1

    return take


@pytest.fixture
def gmail(app):
    def say(*found):
        with app.database.write() as session:
            verdicts.replace(session, "example.org", found, app.clock())

    return say


def names(app):
    return {alert.name for alert in app.operations.alerts()}


def scraped(app):
    return generate_latest(metrics.registry(app.database, app.clock)).decode()


def test_mail_that_fails_dmarc_is_told(app, reports):
    reports(make_record(count=80), make_record("192.0.2.66", 20, dkim="fail"))
    (alert,) = [one for one in app.operations.alerts() if one.name == "dmarc"]
    assert "80.0 %" in alert.title
    assert "192.0.2.66 (20)" in alert.text
    found = app.operations.status()["authentication"]["dmarc"]["last_7_days"]
    assert (found["mails"], found["aligned"], found["aligned_percent"]) == (100, 80, 80.0)
    assert found["unknown_sources"] == [{"source": "192.0.2.66", "mails": 20}]
    assert 'digest_dmarc_mails{aligned="no",days="7"} 20.0' in scraped(app)
    finding = reported.dmarc_reports(app.database, app.clock())
    assert finding.level.value == "warn"


@pytest.mark.parametrize("failed", [4, 20])
def test_a_few_failures_and_few_mails_alarm_nobody(app, reports, failed):
    reports(make_record(count=96 if failed == 4 else 10), make_record("::1", failed, dkim="fail"))
    assert "dmarc" not in names(app)
    assert reported.dmarc_reports(app.database, app.clock()).level.value == "ok"


def test_gmail_needs_work_is_told_and_what_it_does_not_know_is_not(app, gmail):
    gmail(
        Verdict("HONOR_UNSUBSCRIBE", State.NEEDS_WORK, "NOT_HONORING"),
        Verdict("USER_REPORTED_SPAM_RATE", State.NEEDS_WORK),
        Verdict("SPF", State.COMPLIANT),
        Verdict("DKIM", State.UNKNOWN),
    )
    expected = {"postmaster honor_unsubscribe", "postmaster user_reported_spam_rate"}
    assert {name for name in names(app) if name.startswith("postmaster")} == expected
    text = scraped(app)
    assert 'digest_postmaster_compliant{requirement="honor_unsubscribe"} 0.0' in text
    assert 'digest_postmaster_compliant{requirement="spf"} 1.0' in text
    assert 'requirement="dkim"' not in text
    finding = reported.postmaster(app.database, asked=True)
    assert (finding.level.value, "honour unsubscribing" in finding.what) == ("warn", True)
    gmail(Verdict("SPF", State.COMPLIANT))
    assert reported.postmaster(app.database, asked=True).level.value == "ok"
    assert not expected & names(app)


def test_the_task_asks_nothing_without_credentials_and_tidy_counts(app, reports):
    assert tasks.postmaster(app, lambda: False) is None
    assert reported.postmaster(app.database, asked=False).level.value == "skipped"
    assert reported.dmarc_reports(app.database, app.clock()).level.value == "skipped"
    reports(make_record())
    assert tasks.tidy(app)["dmarc_reports"] == 0


def test_figures_are_json(app, reports, gmail):
    reports(make_record())
    gmail(Verdict("SPF", State.COMPLIANT))
    (spf,) = json.loads(json.dumps(app.operations.status()["authentication"]))["postmaster"]
    assert (spf["requirement"], spf["state"]) == ("SPF", "compliant")
