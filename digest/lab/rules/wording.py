"""How a lab stands, in sentences for people who know no statistics."""

from math import ceil

from digest.lab.rules.verdict import Finding, Verdict
from digest.model import Team


def progress(verdict: Verdict, days: int, planned: int) -> str:
    """Say how much has come in."""
    total = verdict.total
    editions = "1 edition" if days == 1 else f"{days} editions"
    return (
        f"So far: {editions}, {total.mails:,} of {planned:,} planned mails with a vote; "
        f"A won {total.a:,}, B won {total.b:,}, {total.ties:,} were ties."
    )


def result(verdict: Verdict, a: str, b: str) -> str:
    """Say which ranking is ahead, and by how much."""
    if verdict.ahead is None:
        return "Neither ranking is ahead."
    leader = a if verdict.ahead is Team.A else b
    low, high = (verdict.low, verdict.high) if verdict.lead > 0 else (-verdict.high, -verdict.low)
    return (
        f"{leader} is ahead: of 100 mails with a vote it wins {100 * abs(verdict.lead):.1f} more "
        f"than the other one. It may really be anything from {_points(low)} to {_points(high)}."
    )


def certainty(verdict: Verdict, a: str, b: str) -> str:
    """Say how sure that is."""
    match verdict.finding:
        case Finding.A | Finding.B:
            better = a if verdict.finding is Finding.A else b
            return (
                f"Found: {better} is better. If both were equally good, at most 5 of 100 labs "
                "would ever have said that one of them is."
            )
        case Finding.NONE:
            return "The plan is through, and neither is better by enough to tell them apart."
    if not verdict.total.mails:
        return "No mail has a vote yet."
    return (
        "Not sure yet: if both were equally good, a lead like this would show up at some time in "
        f"about {max(1, round(100 * verdict.chance))} of 100 labs. It is sure below 5."
    )


def outlook(verdict: Verdict, days: int) -> str:
    """Say how much more is needed."""
    if verdict.finding:
        return "No more votes are needed; the lab can be closed."
    if not verdict.total.mails or not days:
        return f"At most {verdict.more_mails:,} mails with a vote are needed."
    more = ceil(verdict.more_mails * days / verdict.total.mails)
    unit = "day" if more == 1 else "days"
    return (
        f"If it goes on like this, about {verdict.more_mails:,} more mails with a vote are needed: "
        f"{more:,} more {unit} of mail."
    )


def _points(value: float) -> str:
    """Say a difference as so many more, or fewer, of 100 mails."""
    return f"{abs(100 * value):.1f} {'fewer' if value < 0 else 'more'}"
