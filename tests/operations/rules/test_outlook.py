"""What comes next, in words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import Empty, Stop, StopKind
from digest.operations.rules.outlook import OpenDay, Outlook, days_old, describe, expects_edition
from tests.factories import DAY, NOON

ONE_DAY = timedelta(days=1)
UNTIL = NOON + ONE_DAY
NOTHING = Outlook(NOON, DAY, None, None, None, is_fed=True)
DUMP = replace(NOTHING, newest_dump=DAY, dump_until=UNTIL)
OPEN = OpenDay(DAY, 12, None, UNTIL)
CLOSED = replace(OPEN, papers=0, empty=Empty.NO_DUMP)
PAUSED = Stop(StopKind.PAUSED, NOON, "a look")
CANCELLED = Stop(StopKind.CANCELLED, NOON, "nobody approved it")
LONG_AGO = DAY - 88 * ONE_DAY


@pytest.mark.parametrize(
    ("outlook", "says"),
    [
        (NOTHING, "No papers have come yet. The first edition opens when some do."),
        (replace(NOTHING, is_fed=False), "Nothing brings papers: neither live sources"),
        (replace(NOTHING, is_fed=False), "`digest ingest FILE`"),
        (DUMP, "Its edition opens if a paper in it is new."),
        (replace(DUMP, dump_until=NOON - ONE_DAY), "too old to be mailed by itself"),
        (replace(DUMP, newest_dump=LONG_AGO, dump_until=NOON - ONE_DAY), "88 days old"),
        (replace(DUMP, edition=OPEN), "The edition of 2026-11-19 is open with 12 papers."),
        (replace(DUMP, edition=replace(OPEN, papers=1)), "is open with 1 paper."),
        (replace(DUMP, edition=CLOSED), "is closed as empty (no dump; the newest dump is of"),
        (replace(DUMP, edition=CLOSED), "if new papers come before 2026-11-20 12:00 UTC."),
        (replace(DUMP, edition=CLOSED, reopens=True), "Papers have come, so it opens."),
        (replace(DUMP, edition=replace(OPEN, stop=PAUSED)), "12 papers. It is paused: a look."),
        (replace(DUMP, edition=replace(OPEN, stop=CANCELLED)), "is cancelled: nobody approved it."),
        (replace(DUMP, edition=replace(OPEN, until=NOON - ONE_DAY)), "Its edition opens"),
    ],
)
def test_it_says_which_edition_opens_or_why_none_does(outlook, says):
    assert says in describe(outlook)


def test_an_edition_is_expected_of_what_was_loaded_and_is_new_or_goes_on():
    old = replace(DUMP, dump_until=NOON - ONE_DAY)
    assert not expects_edition(NOTHING)  # fed, but no dump could be opened
    assert expects_edition(replace(DUMP, is_fed=False))
    assert expects_edition(old)
    assert not expects_edition(replace(old, is_fed=False))


@pytest.mark.parametrize(("days", "said"), [(-1, ""), (0, ""), (1, ""), (2, ", 2 days old")])
def test_only_what_is_older_than_yesterday_is_called_old(days, said):
    assert days_old(DAY - days * ONE_DAY, DAY) == said
