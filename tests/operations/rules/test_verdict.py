"""One sentence that says whether the day went well."""

from datetime import date

import pytest

from digest.operations.rules.verdict import verdict

TODAY = date(2026, 11, 19)
QUIET = {
    "papers": 30,
    "subscribers": {"active": 2},
    "newest_edition": "2026-11-19",
    "stopped": None,
    "deliveries": {},
    "alerts": [],
}
LATE = {"name": "edition", "title": "The edition of 2026-11-19 is not out", "since": None}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"deliveries": {"sent": 1203}},
            "Today's edition is out: all went well, 1,203 mails sent.",
        ),
        ({"deliveries": {"sent": 1}}, "Today's edition is out: all went well, 1 mail sent."),
        (
            {"deliveries": {"sent": 1200, "failed": 2, "deferred": 1, "skipped": 5}},
            "Today's edition is out: 1,200 of 1,208 mails sent, 1 deferred, 2 failed.",
        ),
        (
            {"deliveries": {"sent": 3, "queued": 4, "sending": 1}},
            "Today's edition is on its way: 3 of 8 mails sent.",
        ),
        ({}, "Today's edition is open, and nobody was due yet."),
        (
            {"newest_edition": "2026-11-18", "deliveries": {"sent": 2}},
            "The edition of 2026-11-18 is out: all went well, 2 mails sent.",
        ),
        (
            {"newest_edition": "2026-11-08", "deliveries": {"sent": 2}},
            "Nothing new for 11 days. The edition of 2026-11-08 is out: all went well, "
            "2 mails sent.",
        ),
        (
            {"stopped": {"kind": "cancelled", "since": "", "reason": "it came twice"}},
            "Today's edition is cancelled: it came twice.",
        ),
        (
            {"alerts": [LATE]},
            "Something is wrong: The edition of 2026-11-19 is not out.",
        ),
        (
            {"alerts": [LATE] * 3},
            "Something is wrong: The edition of 2026-11-19 is not out (2 more alerts below).",
        ),
        (
            {"newest_edition": None, "papers": 0},
            "Nothing was sent yet: there are no papers. Load some: digest ingest FILE.",
        ),
        (
            {"newest_edition": None, "subscribers": {"pending": 1}},
            "Nothing was sent yet: there are no active readers. Add some: digest subscribers.",
        ),
        ({"newest_edition": None}, "Nothing was sent yet: no edition is open."),
    ],
)
def test_the_sentence(changed, said):
    assert verdict(QUIET | changed, TODAY) == said
