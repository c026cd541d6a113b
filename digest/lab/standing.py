"""Say how a lab stands: for the command line and the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.lab.rules.verdict import Verdict, judge
from digest.lab.store import counts, labs
from digest.lab.store.counts import EditionCounts
from digest.lab.store.labs import Lab


@dataclass(frozen=True, slots=True)
class Standing:
    """A lab, the counts of its editions by date, and what they say together."""

    lab: Lab
    editions: Sequence[EditionCounts]
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        lab, verdict = self.lab, self.verdict
        return {
            "name": lab.name,
            "a": lab.a,
            "b": lab.b,
            "opened_at": lab.opened_at.isoformat(),
            "closed_at": _iso(lab.closed_at),
            "counted_at": _iso(lab.counted_at),
            "planned": lab.planned,
            "days": len(self.editions),
            "mails": verdict.total.mails,
            "won_by_a": verdict.total.a,
            "won_by_b": verdict.total.b,
            "ties": verdict.total.ties,
            "ahead": verdict.ahead.value if verdict.ahead else None,
            "lead": round(verdict.lead, 4),
            "low": round(verdict.low, 4),
            "high": round(verdict.high, 4),
            "chance": round(verdict.chance, 4),
            "spread": round(verdict.spread, 2),
            "more_mails": verdict.more_mails,
            "finding": lab.finding.value if lab.finding else None,
            "found_at": _iso(lab.found_at),
            "editions": [
                {
                    "date": each.date.isoformat(),
                    "won_by_a": each.counts.a,
                    "won_by_b": each.counts.b,
                    "ties": each.counts.ties,
                }
                for each in self.editions
            ],
        }


def stand(database: Database, name: str | None = None) -> Standing:
    """Return how a lab stands, of None the newest; NotFoundError when there is none."""
    with database.read() as session:
        if name is None:
            lab = next(iter(labs.newest(session, 1)), None)
        else:
            lab = labs.named(session, name)
        if lab is None:
            text = "There has been no lab yet." if name is None else f"There is no lab {name!r}."
            raise NotFoundError(text, hint="digest lab open NAME --a ... --b ...")
        editions = counts.of_lab(session, lab.id)
    verdict = judge([each.counts for each in editions], lab.planned, lab.finding)
    return Standing(lab, editions, verdict)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
