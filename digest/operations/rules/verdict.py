"""Say in one sentence whether the day went well, from what `digest status` knows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from digest.model import DeliveryState

_LONGEST_WEEKEND = 3  # days: from Friday's edition to Monday's
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
_MISSED = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN, DeliveryState.FAILED)


def verdict(found: Mapping[str, Any], today: date) -> str:
    """Return the sentence. found: as `operations.status.status` returns it; today: where we are."""
    alerts, newest = found["alerts"], found["newest_edition"]
    if alerts:
        more = len(alerts) - 1
        rest = f" ({more} more alert{'' if more == 1 else 's'} below)" if more else ""
        return f"Something is wrong: {alerts[0]['title']}{rest}."
    if newest is None:
        return _before_the_first(found)
    age = (today - date.fromisoformat(newest)).days
    name = f"The edition of {newest}" if age else "Today's edition"
    if stop := found["stopped"]:
        return f"{name} is {stop['kind']}: {stop['reason']}."
    states = {DeliveryState(state): count for state, count in found["deliveries"].items()}
    return f"{_since(age)}{_progress(name, states)}"


def _since(age: int) -> str:
    """Say first that nothing new came, once even a long weekend would be over."""
    return f"Nothing new for {age} days. " if age > _LONGEST_WEEKEND else ""


def _before_the_first(found: Mapping[str, Any]) -> str:
    if not found["papers"]:
        return "Nothing was sent yet: there are no papers. Load some: digest ingest FILE."
    if not found["subscribers"].get("active"):
        return "Nothing was sent yet: there are no active readers. Add some: digest subscribers."
    return "Nothing was sent yet: no edition is open."


def _progress(name: str, states: Mapping[DeliveryState, int]) -> str:
    total, sent = sum(states.values()), states.get(DeliveryState.SENT, 0)
    if not total:
        return f"{name} is open, and nobody was due yet."
    if any(states.get(state) for state in _WAITING):
        return f"{name} is on its way: {sent:,} of {_mails(total)} sent."
    missed = [f"{states[state]:,} {state.value}" for state in _MISSED if states.get(state)]
    if missed:
        return f"{name} is out: {sent:,} of {_mails(total)} sent, {', '.join(missed)}."
    return f"{name} is out: all went well, {_mails(sent)} sent."


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count:,} mails"
