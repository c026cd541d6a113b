"""How a lab stands, in words."""

from digest.lab.rules import wording
from digest.lab.rules.verdict import Counts, Finding, judge

NAMES = ("standard", "trend")


def said(counts, planned=600, found=None):
    verdict = judge(counts, planned, found)
    return [
        wording.progress(verdict, len(counts), planned),
        wording.result(verdict, *NAMES),
        wording.certainty(verdict, *NAMES),
        wording.outlook(verdict, len(counts)),
    ]


def test_at_the_beginning():
    assert said([]) == [
        "So far: 0 editions, 0 of 600 planned mails with a vote; A won 0, B won 0, 0 were ties.",
        "Neither ranking is ahead.",
        "No mail has a vote yet.",
        "At most 600 mails with a vote are needed.",
    ]


def test_on_the_way_it_says_who_is_ahead_by_how_much_and_how_many_more():
    progress, result, certainty, outlook = said([Counts(8, 10, 2)] * 10)
    assert progress.startswith(
        "So far: 10 editions, 200 of 600 planned mails with a vote; A won 80"
    )
    assert result.startswith("trend is ahead: of 100 mails with a vote it wins 10.0 more than")
    assert "fewer to" in result
    assert certainty.startswith("Not sure yet")
    assert outlook.endswith("300 more mails with a vote are needed: 15 more days of mail.")


def test_a_finding_names_the_better_one():
    _, result, certainty, outlook = said([Counts(15, 5, 2)] * 10)
    assert result.startswith("standard is ahead")
    assert certainty.startswith("Found: standard is better.")
    assert outlook == "No more votes are needed; the lab can be closed."


def test_an_end_without_a_finding_says_so():
    assert said([Counts(9, 9, 2)] * 30)[2].startswith("The plan is through")
    assert said([Counts(9, 9, 2)], found=Finding.B)[2].startswith("Found: trend is better.")
