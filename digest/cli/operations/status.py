"""`digest status`: how the service stands now, and whether the day went well."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples
from digest.cli.units import ago, clock_time_ago, size, span

Found = Mapping[str, Any]
Lines = str | list[str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest status", "digest status --json"))(status)


def status(context: typer.Context, now: TimeOption = None, as_json: JsonOption = False) -> None:
    """Say whether the day went well, and how everything stands.

    Readers, newest edition, what waits, tasks, sources, alerts and disk. --json keeps machine
    units: bytes, seconds and ISO 8601 times.
    """
    from digest.operations.rules.verdict import verdict

    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=True)
    found = {"database": service.database_name, **service.operations.status()}
    if as_json:
        line.json(found)
        return
    at = service.clock()
    today = at.astimezone(ZoneInfo(service.settings.timezone)).date()
    line.say(verdict(found, today), style="bold")
    line.facts({name: words(found, at) for name, words in _FACTS.items()})


def _edition(found: Found, _now: datetime) -> str:
    if found["newest_edition"] is None:
        return "none is open"
    return f"{found['newest_edition']}, {found['candidates']:,} candidates"


def _next(found: Found, now: datetime) -> str:
    return _time(found["next_due"], now) if found["next_due"] else found["outlook"]


def _stopped(found: Found, now: datetime) -> str:
    stop = found["stopped"]
    return f"{stop['kind']} since {_time(stop['since'], now)}: {stop['reason']}" if stop else "no"


def _waiting(found: Found, now: datetime) -> Lines:
    lines = []
    for state, one in found["waiting"].items():
        since = f", since {_time(one['since'], now)}" if one["since"] else ""
        next_try = f", next try {_distance(one['next'], now)}" if one["next"] else ""
        lines.append(f"{one['count']:,} {state}{since}{next_try}")
    return lines or "nothing"


def _behind(found: Found, _now: datetime) -> str:
    seconds = found["behind_seconds"]
    return f"{span(seconds)} behind" if seconds else "on time"


def _outbox(found: Found, now: datetime) -> str:
    outbox = found["outbox"]
    states = ", ".join(f"{count:,} {state}" for state, count in outbox["states"].items()) or "none"
    waits = f"; {outbox['waiting']:,} wait, the oldest since {_distance(outbox['since'], now)}"
    return states + (waits if outbox["waiting"] else "")


def _tasks(found: Found, now: datetime) -> Lines:
    return [
        f"{one['name']}: {one['last_error'] or 'well'}, {_distance(one['last_started'], now)}"
        for one in found["tasks"]
    ] or "no scheduler has run here"


def _sources(found: Found, now: datetime) -> Lines:
    return [
        f"{one['name']}: {one['state']}, last new list {_distance(one['last_new_at'], now)}"
        for one in found["sources"]
    ] or "none"


def _last_run(found: Found, now: datetime) -> str:
    run = found["last_run"]
    if run is None:
        return "none"
    ended = _distance(run["finished_at"], now)
    return f"{run['kind']} {run['run']} {ended}: {run['trouble'] or 'well'}"


def _alerts(found: Found, now: datetime) -> Lines:
    return [
        f"{one['title']} (first seen {_distance(one['since'], now)})"
        if one["since"]
        else one["title"]
        for one in found["alerts"]
    ] or "none"


def _feedback(found: Found, _now: datetime) -> Lines:
    feedback = found["feedback"]
    lines = [
        f"{name}: {one['hard']:,} hard, {one['soft']:,} soft, {one['blocked']:,} blocked, "
        f"{one['complaint']:,} complaints of {one['sent']:,} mails "
        f"({one['complaint_percent']:g} % complaints; receivers want < 0.1, refuse from 0.3)"
        for name, one in (
            ("newest edition", feedback["newest_edition"]),
            ("30 days", feedback["last_30_days"]),
        )
    ]
    if feedback["untrusted"]:
        lines.append(f"{feedback['untrusted']:,} more that nobody vouches for")
    return lines


def _suppressed(found: Found, _now: datetime) -> str:
    counts = found["feedback"]["suppressed"]
    return ", ".join(f"{count:,} {source}" for source, count in counts.items()) or "none"


def _disk(found: Found, _now: datetime) -> Lines:
    return [f"{size(free)} free in {folder}" for folder, free in found["disk"].items()]


def _counts(name: str) -> Callable[[Found, datetime], str]:
    def counts(found: Found, _now: datetime) -> str:
        return ", ".join(f"{count:,} {state}" for state, count in found[name].items()) or "none"

    return counts


def _time(moment: str, now: datetime) -> str:
    return clock_time_ago(datetime.fromisoformat(moment), now)


def _distance(moment: str | None, now: datetime) -> str:
    return ago(datetime.fromisoformat(moment), now) if moment else "never"


_FACTS: Mapping[str, Callable[[Found, datetime], Lines]] = {
    "readers": _counts("subscribers"),
    "newest edition": _edition,
    "stopped": _stopped,
    "mails of it": _counts("deliveries"),
    "waiting": _waiting,
    "sending is": _behind,
    "mails to single readers": _outbox,
    "next edition due": _next,
    "alerts": _alerts,
    "came back": _feedback,
    "suppressed": _suppressed,
    "last run": _last_run,
    "tasks": _tasks,
    "sources": _sources,
    "papers": lambda found, _now: f"{found['papers']:,}",
    "dumps": _counts("dumps"),
    "newest dump": lambda found, _now: found["newest_dump"] or "none",
    "disk": _disk,
    "database": lambda found, _now: found["database"],
}
