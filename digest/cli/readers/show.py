"""`digest subscribers show`: all that is known of one subscriber."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples
from digest.cli.units import clock_time, clock_time_ago
from digest.subscribers.rules.preference_fields import FIELDS, WEEKDAYS

_OWN = {"kind", "at"}  # of an event, beside its detail


def register(group: typer.Typer) -> None:
    """Add the command to those about subscribers."""
    group.command(
        epilog=examples("digest subscribers show ann@example.org", "digest subscribers show 7")
    )(show)


def show(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The subscriber's address or number.")],
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Show so many of the newest deliveries.")
    ] = 10,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of one subscriber.

    State and consent, preferences and the next mail, votes, deliveries with the mail server's
    replies, and everything that happened to the subscription.
    """
    from digest.operations import reader_record

    line: CommandLine = context.obj
    service = line.make_app(now=now) if now else line.app
    at = service.clock()
    found = reader_record.about(service.database, email, at, deliveries=limit)
    if as_json:
        line.json(found)
        return
    line.facts(_facts(found, at))
    _show_votes(line, found["votes"])
    _show_deliveries(line, found["deliveries"])
    _show_single_mails(line, found["single_mails"])
    _show_events(line, found["events"])


def _facts(found: Mapping[str, Any], now: datetime) -> dict[str, str | list[str]]:
    state = f"{found['state']} since {_time_ago(found['state_since'], now)}"
    if found["paused_until"]:
        state += f", until {found['paused_until']}"
    facts: dict[str, str | list[str]] = {"address": found["email"], "name": found["name"] or "–"}  # noqa: RUF001
    facts |= {"number": str(found["id"]), "state": state}
    if suppressed := found["suppressed"]:
        since = _time_ago(suppressed["since"], now)
        facts["suppressed"] = f"{suppressed['reason']} ({suppressed['source']}, {since})"
    facts["added"] = _time_ago(found["created_at"], now)
    facts["confirmed"] = _time_ago(found["confirmed_at"], now)
    facts["consent"] = _consent(found["consent"], now)
    facts |= {field.name.replace("_", " "): _preference(found, field.name) for field in FIELDS}
    due = found["next_due_at"]
    facts["next mail due"] = _time_ago(due, now) if due else "none in this state"
    return facts


def _preference(found: Mapping[str, Any], name: str) -> str | list[str]:
    value = found[name]
    if name == "weekday":
        return WEEKDAYS[value]
    if isinstance(value, Mapping):
        return [f"{key}: {weight:g}" for key, weight in value.items()] or "none"
    return list(value) or "none" if isinstance(value, list | tuple) else str(value)


def _consent(consent: Mapping[str, Any] | None, now: datetime) -> str:
    if consent is None:
        return "no record"
    return f"{_time_ago(consent['at'], now)}; {_detail(consent)}".rstrip("; ")


def _show_votes(line: CommandLine, votes: list[dict[str, Any]]) -> None:
    if not votes:
        line.say("No votes.")
        return
    table = line.table(f"Votes ({len(votes)})", "wants", "paper", "when")
    for one in votes:
        table.add_row("more" if one["value"] > 0 else "less", one["paper"], _time(one["at"]))
    line.show(table)


def _show_deliveries(line: CommandLine, deliveries: list[dict[str, Any]]) -> None:
    if not deliveries:
        line.say("No deliveries.")
        return
    title = f"The newest deliveries ({len(deliveries)})"
    table = line.table(title, "edition", "state", "settled", "attempts", "papers", "reply")
    for one in deliveries:
        counts = (str(one["attempts"]), str(len(one["papers"])))
        settled = _time(one["settled_at"]) if one["settled_at"] else ""
        state = f"{one['state']}, {one['feedback']}" if one["feedback"] else one["state"]
        table.add_row(one["edition"], state, settled, *counts, one["reply"])
    line.show(table)


def _show_single_mails(line: CommandLine, mails: list[dict[str, Any]]) -> None:
    if not mails:
        return
    title = f"Other mails of the last 30 days ({len(mails)})"
    table = line.table(title, "what", "written", "state", "attempts", "reply")
    for one in mails:
        written = _time(one["created_at"])
        table.add_row(one["kind"], written, one["state"], str(one["attempts"]), one["reply"])
    line.show(table)


def _show_events(line: CommandLine, events: list[dict[str, Any]]) -> None:
    if not events:
        line.say("No events.")
        return
    table = line.table(f"What happened ({len(events)})", "when", "what", "more")
    for one in events:
        table.add_row(_time(one["at"]), one["kind"], _detail(one))
    line.show(table)


def _detail(event: Mapping[str, Any]) -> str:
    """Return what belongs to an event; of preferences only those that changed."""
    detail = {name: value for name, value in event.items() if name not in _OWN}
    before, after = detail.pop("before", None), detail.pop("after", None)
    words = [f"{name}: {_plain(value)}" for name, value in detail.items() if value not in ("", [])]
    if before is not None and after is not None:
        changed = [name for name in after if after[name] != before.get(name)]
        words += [f"{name}: {_plain(before.get(name))} → {_plain(after[name])}" for name in changed]
    return "; ".join(words)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(moment: str) -> str:
    return clock_time(datetime.fromisoformat(moment))


def _time_ago(moment: str | None, now: datetime) -> str:
    return clock_time_ago(datetime.fromisoformat(moment) if moment else None, now)
