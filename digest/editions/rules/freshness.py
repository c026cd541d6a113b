"""Until when an edition or a dump is mailed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.ground.time.due_times import start_of


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an edition or a dump may be when it is mailed.

    Its age counts from the beginning of its date in the zone of the service.
    """

    limit: timedelta
    timezone: str

    def allows(self, day: date, now: datetime) -> bool:
        """Whether an edition of this date may still go out."""
        return now <= self.ends(day)

    def ends(self, day: date) -> datetime:
        """Return until when an edition of this date may go out."""
        return start_of(day, self.timezone) + self.limit
