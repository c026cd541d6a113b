"""Reports are taken from mails in every packing, each once; bombs and those of others are not."""

import gzip
from datetime import date, timedelta
from email.message import EmailMessage

import pytest

from digest.dmarc import taking
from digest.dmarc.attachments import LARGEST_XML, reports_in
from digest.dmarc.rules.shares import Shares, Source
from digest.dmarc.store import reports
from digest.dmarc.taking import TakenReports, take_report
from digest.errors import InputError
from tests.dmarc.made_reports import mailed, make_record, make_report, packed, zipped
from tests.factories import DAY, NOON

OURS = ("example.org",)
SINCE = DAY - timedelta(days=7)


def take(database, raw, domains=OURS):
    return take_report(database, raw, domains, NOON)


def look(database):
    with database.read() as session:
        return reports.shares(session, SINCE, 7)


def test_a_report_is_taken_once_however_it_comes(database):
    forms = list(packed(make_report()).values())
    assert take(database, forms[0]) == TakenReports(new=1)
    assert {take(database, form) for form in forms} == {TakenReports(known=1)}
    assert look(database) == Shares(7, reports=1, mails=10, aligned=10)


def test_reports_add_up_and_name_who_is_unknown(database):
    one = make_report([make_record(count=90), make_record("192.0.2.9", 4, dkim="fail")])
    other = make_report(
        [make_record("192.0.2.9", 6, dkim="fail"), make_record("192.0.2.1", 5, dkim="fail")],
        organisation="Yahoo",
    )
    for xml in (one, other):
        assert take(database, mailed(gzip.compress(xml))).new == 1
    found = look(database)
    assert (found.reports, found.mails, found.aligned) == (2, 105, 90)
    assert list(found.unknown) == [Source("192.0.2.9", 10, 0)]
    assert found.percent == pytest.approx(85.7, abs=0.1)
    assert found.is_low
    with database.read() as session:
        newest = [(each.organisation, each.mails, each.aligned) for each in reports.newest(session)]
    assert newest == [("Yahoo", 11, 0), ("google.com", 94, 90)]


def test_one_bad_report_of_an_archive_costs_itself(database):
    taken = take(database, mailed(zipped(make_report(), b"<feedback/>"), "application/zip"))
    assert (taken.new, len(taken.problems)) == (1, 1)


def test_reports_about_others_or_of_days_to_come_are_refused(database):
    for domain in ("example.net", "notexample.org", "org"):
        taken = take(database, make_report(domain=domain))
        assert (taken.new, taken.problems[0].count("none of our domains")) == (0, 1)
    later = str(int(NOON.timestamp()) + 90_000)
    assert "to come" in take(database, make_report(begin=later)).problems[0]
    assert take(database, make_report(domain="news.example.org")).new == 1
    assert take(database, make_report(report_id="r2"), ("news.example.org",)).new == 1


def test_a_mail_without_a_report_is_none_of_it(database):
    mail = EmailMessage()
    mail["Subject"] = "Hello"
    mail.set_content("Is this <feedback>?")
    assert take(database, mail.as_bytes()) is None
    assert take(database, b"") is None
    inner = EmailMessage()
    inner.set_content("see the mail within")
    inner.add_attachment(EmailMessage())
    assert take(database, inner.as_bytes()) is None
    assert take(database, mailed(zipped(b"%PDF"), "application/zip")) is None


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b"<feedback>" + b" " * (LARGEST_XML + 1)),
        zipped(b"<feedback>" + b" " * (LARGEST_XML + 1)),
        zipped(*[b"<feedback/>"] * 11),
        gzip.compress(make_report())[:40] + b"broken",
        b"PK\x03\x04 and no archive",
    ],
    ids=["gzip", "zip", "many", "broken", "no archive"],
)
def test_bombs_and_broken_archives_are_refused(database, bomb):
    with pytest.raises(InputError):
        reports_in(bomb)
    taken = take(database, mailed(bomb))
    assert (taken.new, len(taken.problems)) == (0, 1)


def test_deep_nesting_is_refused_or_passed_over(database):
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)
    )
    taken = take(database, head + b"\nend")
    assert taken is None or taken.new == 0


def test_old_reports_are_forgotten_with_their_counts(database):
    take(database, make_report())
    assert taking.forget(database, NOON) == 0
    assert taking.forget(database, NOON + timedelta(seconds=1)) == 1
    assert look(database) == Shares(7, 0, 0, 0)
    assert take(database, make_report()).new == 1


def test_a_day_begins_at_midnight_in_utc(database):
    take(database, make_report())
    with database.read() as session:
        assert reports.shares(session, date(2026, 11, 18), 1).mails == 10
        assert reports.shares(session, date(2026, 11, 19), 1).mails == 0
