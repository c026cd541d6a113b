"""`digest edition`, `digest summaries`: look at an edition, open it, have it summarised before."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, DateOption, JsonOption, TimeOption, examples
from digest.cli.papers import editing
from digest.cli.units import clock_time_ago
from digest.ground.text.counts import counted

if TYPE_CHECKING:
    from datetime import datetime

    from digest.delivery.store.reach import Reach
    from digest.editions.store.editions import OpenEdition

group = typer.Typer(help="Show the newest edition, open one, or change it before it goes.")
_SHOWN = 20  # candidates
Limit = Annotated[int, typer.Option(min=0, help="List at most this many candidates.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    editing.register(group)
    app.add_typer(
        group,
        name="edition",
        epilog=examples(
            "digest edition", 'digest edition pin "KV cache"', "digest edition approve"
        ),
    )
    app.command(epilog=examples("digest summaries", "digest summaries --json"))(summaries)


@group.callback(invoke_without_command=True)
def edition(
    context: typer.Context,
    date: DateOption = None,
    limit: Limit = _SHOWN,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest edition, open one, or change it before it goes."""
    if context.invoked_subcommand is None:
        show(context, date, limit, now, as_json=as_json)
    elif date or now or as_json or limit != _SHOWN:
        raise typer.BadParameter(f"the options go behind `{context.invoked_subcommand}`")


@group.command(epilog=examples("digest edition show --date 2026-11-21 --limit 50 --json"))
def show(
    context: typer.Context,
    date: DateOption = None,
    limit: Limit = _SHOWN,
    now: TimeOption = None,
    readers: Annotated[
        bool, typer.Option("--readers", help="Count how many readers would get each paper.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show an open edition and its top candidates, as the editors have changed it.

    With --readers, how many readers would get each paper: counted once for each version of the
    edition, of more than 2,000 readers from a sample. Exit code 4 when the edition is not open.
    """
    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=not readers)
    found = service.editions.find(date)
    reach = service.previews.count_reach(found.edition.date) if readers else None
    _show(line, found, limit, service.clock(), reach=reach, as_json=as_json)


@group.command("open", epilog=examples("digest edition open", "digest edition open --json"))
def open_(
    context: typer.Context,
    date: DateOption = None,
    limit: Limit = _SHOWN,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the edition of a date, which freezes its candidates, and show it.

    One that is open already stays as it is. Default: the date of the newest dump.
    """
    line: CommandLine = context.obj
    service = line.make_app(now=now)
    _show(line, service.editions.open(date), limit, service.clock(), as_json=as_json)


def _show(
    line: CommandLine,
    found: "OpenEdition",
    limit: int,
    now: "datetime",
    *,
    reach: "Reach | None" = None,
    as_json: bool,
) -> None:
    candidates = found.edition.candidates
    if as_json:
        line.json(_to_json(found, limit, reach))
        return
    opened = f"opened {clock_time_ago(found.opened_at, now)}"
    title = f"Edition of {found.edition.date}: {counted(len(candidates), 'candidate')}, {opened}"
    readers = ["readers"] if reach else []
    table = line.table(title, "paper", "trend", "rank", "dumps", *readers, "title", "topics")
    for one in candidates[:limit]:
        facts = [f"{one.trend.score:.2f}", str(one.trend.best_rank), str(one.trend.dumps)]
        if reach:
            about, off = reach.counts.get(one.paper.id, (0, 0))
            facts.append(f"{about:,} ±{off:,}" if off else f"{about:,}")
        name = one.paper.title
        marks = [
            *(["pinned"] if one.paper.id in found.edition.pinned else []),
            *([f"claim: {one.claim}"] if one.claim else []),
            *([f"note: {one.note}"] if one.note else []),
        ]
        shown = f"{name} [{'; '.join(marks)}]" if marks else name
        table.add_row(str(one.paper.id), *facts, shown, ", ".join(one.paper.topics))
    line.show(table)
    if found.edition.note:
        line.say(f"Note: {found.edition.note}")
    if dropped := found.edition.dropped:
        line.say(f"Dropped: {counted(dropped, 'paper')}; see `digest edition changes`.")


def _to_json(found: "OpenEdition", limit: int, reach: "Reach | None") -> dict[str, Any]:
    candidates = found.edition.candidates
    return {
        "edition": found.edition.date.isoformat(),
        "opened_at": found.opened_at.isoformat(),
        "sends_at": found.edition.sends_at.isoformat(),
        "candidates": len(candidates),
        "version": found.version,
        "note": found.edition.note,
        "dropped": found.edition.dropped,
        "readers": {"active": reach.readers, "sampled": reach.sampled} if reach else None,
        "papers": [
            {
                "id": one.paper.id,
                "title": one.paper.title,
                "topics": list(one.paper.topics),
                "trend": one.trend.score,
                "best_rank": one.trend.best_rank,
                "dumps": one.trend.dumps,
                "age_days": one.trend.age_days,
                "pinned": one.paper.id in found.edition.pinned,
                "claim": one.claim,
                "note": one.note,
                "readers": reach.counts.get(one.paper.id, (0, 0))[0] if reach else None,
            }
            for one in candidates[:limit]
        ],
    }


def summaries(context: typer.Context, date: DateOption = None, as_json: JsonOption = False) -> None:
    """Have the papers of an edition that is not open yet summarised.

    DIGEST_SUMMARY_URL is asked. Papers that it was asked about before are skipped; a paper without
    a summary is mailed with an extract of its abstract. Exit code 1 when the endpoint did not
    answer for some of them.
    """
    from digest.editions.endpoint import endpoint_of

    line: CommandLine = context.obj
    endpoint_of(line.app.settings)  # before the database is looked at
    report = line.app.editions.write_summaries(date)
    if as_json:
        line.json(report.to_json())
    else:
        line.say(f"Edition of {report.edition}: {counted(report.papers, 'paper')} not frozen yet.")
        line.facts(
            {
                "had an answer": str(report.known),
                "summarised now": str(report.written),
                "answer refused": str(report.refused),
                "without answer": str(report.missing),
            }
        )
        if report.error:
            line.remark(f"The endpoint: {report.error}; extracts are mailed instead.")
    raise typer.Exit(1 if report.missing else 0)
