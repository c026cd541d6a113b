"""A second telling of the rules of docs/use/schedule.md, one reader and one moment at a time.

Nothing here is taken from the service but its words: what it predicts is compared with what a
simulated service did.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = 6, 12  # o'clock, UTC
STALE = timedelta(hours=48)
DAY = timedelta(days=1)


@dataclass
class Press:
    """The dumps that came and the editions that were made of them: date -> (papers, empty)."""

    dumps: dict[date, list[str]] = field(default_factory=dict)
    editions: dict[date, tuple[frozenset[str], str]] = field(default_factory=dict)
    opened_on: date = date.min  # when the newest edition with news opened

    def look(self, now: datetime) -> date | None:
        """Open and close; return the date of an edition that was closed and opens after all."""
        opens = (now - timedelta(hours=OPENS)).date()  # the last date whose opening hour has come
        ripe = [day for day in self.dumps if day <= opens]
        if ripe and self._may_open(max(ripe), now) and self._news(self.dumps[max(ripe)]):
            self.editions[max(ripe)] = (self._week(max(ripe)), "")
            self.opened_on = now.date()
        reopened = self._reopen(now)
        closes = (now - timedelta(hours=CLOSES)).date()
        begun = min(self.dumps, default=closes + DAY) <= closes
        is_served = self.opened_on >= closes and self.newest_fresh(now) is not None
        if begun and self._may_open(closes, now) and not is_served:
            papers = self._week(closes)
            self.editions[closes] = (papers, "" if self._news(papers) else self._why(closes, now))
            self.opened_on = now.date() if not self.editions[closes][1] else date.min
        return reopened

    def _reopen(self, now: datetime) -> date | None:
        newest = self.newest_fresh(now)
        if newest is None or not self.editions[newest][1] or not self._news(self._week(newest)):
            return None
        self.editions[newest] = (self._week(newest) | self.editions[newest][0], "")
        self.opened_on = now.date()
        return newest

    def newest_fresh(self, now: datetime) -> date | None:
        newest = max(self.editions, default=None)
        return newest if newest and now - midnight(newest) <= STALE else None

    def _may_open(self, day: date, now: datetime) -> bool:
        return all(day > other for other in self.editions) and now - midnight(day) <= STALE

    def _news(self, papers) -> bool:
        return bool(set(papers) - {one for known, _ in self.editions.values() for one in known})

    def _week(self, day: date) -> frozenset[str]:
        days = [day - step * DAY for step in range(7)]
        return frozenset(paper for each in days for paper in self.dumps.get(each, []))

    def _why(self, day: date, now: datetime) -> str:
        if day in self.dumps:
            return "nothing new"
        newest = max(other for other in self.dumps if other <= day)
        return "no dump" if now - midnight(newest) <= STALE else "source stale"


@dataclass
class Expected:
    """What one reader is owed. mails: (his date, the edition's date, papers or a word)."""

    cadence: str
    zone: str
    hour: int
    wish: str
    weekday: int = 0
    active: bool = True
    served: date = date.min
    served_before: date = date.min
    had: set[date] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    mails: list[tuple[date, date, object]] = field(default_factory=list)

    def look(self, renderer: Press, now: datetime) -> None:
        local = now.astimezone(ZoneInfo(self.zone))
        today, week = local.date(), self.cadence == "weekly"
        first = today - local.weekday() * DAY if week else today
        early = local.hour < self.hour or (week and local.weekday() < self.weekday)
        rests = self.cadence == "weekdays" and local.weekday() > 4
        edition = renderer.newest_fresh(now)
        if not self.active or early or rests or self.served >= first:
            return
        if edition is None or edition in self.had:
            return
        papers, empty = renderer.editions[edition]
        self.served_before, self.served = self.served, today
        self.had.add(edition)
        self.mails.append((today, edition, self._mail(papers, "" if week else empty)))

    def take_back(self, edition: date) -> None:
        """Count as not served by an edition that had nothing for this reader, and opens again."""
        if (
            self.mails
            and self.mails[-1][1] == edition
            and str(self.mails[-1][2]).startswith("skip")
        ):
            del self.mails[-1]
            self.had.remove(edition)
            self.served = self.served_before

    def _mail(self, papers: frozenset[str], empty: str) -> object:
        left = papers - self.sent
        if (empty and self.wish != "fill") or not left:
            reason = empty if empty and self.wish != "fill" else "nothing new for this reader"
            return f"note: {reason}" if self.wish == "note" else f"skip: {reason}"
        self.sent |= left
        return frozenset(left)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
