"""Reports in the forms of RFC 9990, RFC 7489 and before; hostile ones cost nothing."""

from datetime import date

import pytest

from digest.dmarc.rules.reading import LARGEST_COUNT, MOST_COUNTS, read_report
from digest.dmarc.rules.report import Count
from digest.errors import InputError
from tests.dmarc.made_reports import make_record, make_report


@pytest.mark.parametrize(
    "form",
    ["", 'xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', 'xmlns="http://dmarc.org/dmarc-xml/0.1"'],
)
def test_every_form_says_the_same(form):
    report = read_report(make_report(form=form))
    assert (report.organisation, report.report_id) == ("google.com", "r1")
    assert (report.domain, report.day) == ("example.org", date(2026, 11, 18))
    assert list(report.counts) == [Count("192.0.2.1", "none", True, False, 10)]
    assert report.counts[0].aligned


def test_what_fared_alike_is_summed_and_the_forms_of_addresses_are_one():
    records = [
        make_record("2001:DB8::1", 2),
        make_record("2001:db8:0:0::1", 3),
        make_record("2001:db8::1", 1, dkim="fail", disposition="reject"),
    ]
    assert set(read_report(make_report(records)).counts) == {
        Count("2001:db8::1", "none", True, False, 5),
        Count("2001:db8::1", "reject", False, False, 1),
    }


def test_a_bad_record_costs_itself():
    records = [
        make_record("nowhere", 2),
        make_record("192.0.2.1", "-5"),
        make_record("192.0.2.1", "9" * 40),
        "<record/>",
        make_record("192.0.2.2", 3, disposition="unheard of"),
    ]
    report = read_report(make_report(records))
    assert list(report.counts) == [Count("192.0.2.2", "none", True, False, 3)]
    assert report.unreadable == 4


def test_of_very_many_sources_the_small_ones_are_counted_together():
    records = [make_record(f"10.0.{n // 250}.{n % 250}", 1 + n) for n in range(MOST_COUNTS + 50)]
    counts = read_report(make_report(records)).counts
    assert len(counts) == MOST_COUNTS + 1
    assert counts[-1] == Count("", "none", True, False, sum(range(1, 51)))
    assert counts[0].mails == MOST_COUNTS + 50
    many = [make_record("192.0.2.1", 999_999_999_999)] * 3
    assert read_report(make_report(many)).counts[0].mails == LARGEST_COUNT


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (b"", "not XML"),
        (b"<feedback>", "not XML"),
        (b"<html/>", "does not begin with"),
        (b"<feedback/>", "lacks"),
        (make_report(report_id=""), "lacks"),
        (make_report(begin="soon"), "begins"),
        (make_report(begin="9" * 12), "begins"),
        (make_report(begin="0"), "older"),
        (b"<feedback>" * 300 + b"</feedback>" * 300, "not XML"),
    ],
)
def test_what_is_no_report_is_refused(xml, words):
    with pytest.raises(InputError, match=words):
        read_report(xml)


def test_entities_and_files_of_this_machine_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    for entity in (f'SYSTEM "file://{secret}"', '"a secret"'):
        head = f"<!DOCTYPE feedback [<!ENTITY x {entity}>]>"
        with pytest.raises(InputError, match="document type"):
            read_report(head.encode() + make_report(organisation="&x;"))


def test_a_bomb_of_entities_is_refused_at_once():
    lines = ["<!ENTITY a0 'lol'>"]
    lines += [f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)]
    head = f"<!DOCTYPE feedback [{''.join(lines)}]>"
    with pytest.raises(InputError):
        read_report(head.encode() + make_report(organisation="&a11;"))
