"""`digest edition`, `digest summaries`: open an edition, or have its papers summarised before."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, DateOption, JsonOption, TimeOption, examples
from digest.ground.text.counts import counted
from digest.ground.text.plain_text import clean


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("digest edition", "digest edition --date 2026-11-21 --limit 50 --json")
    )(edition)
    app.command(epilog=examples("digest summaries", "digest summaries --json"))(summaries)


def edition(
    context: typer.Context,
    date: DateOption = None,
    limit: Annotated[int, typer.Option(min=0, help="List at most this many candidates.")] = 20,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the edition of a date, which freezes its candidates, and list the top ones."""
    line: CommandLine = context.obj
    service = line.make_app(now=now) if now else line.app
    found = service.editions.open(date)
    candidates = found.edition.candidates
    if as_json:
        line.json(
            {
                "edition": found.edition.date.isoformat(),
                "opened_at": found.opened_at.isoformat(),
                "sends_at": found.edition.sends_at.isoformat(),
                "candidates": len(candidates),
                "papers": [
                    {
                        "title": one.paper.title,
                        "topics": list(one.paper.topics),
                        "trend": one.trend.score,
                        "best_rank": one.trend.best_rank,
                        "dumps": one.trend.dumps,
                        "age_days": one.trend.age_days,
                    }
                    for one in candidates[:limit]
                ],
            }
        )
        return
    title = f"Edition of {found.edition.date}: {counted(len(candidates), 'candidate')}"
    table = line.table(title, "trend", "rank", "dumps", "title", "topics")
    for one in candidates[:limit]:
        facts = (f"{one.trend.score:.2f}", str(one.trend.best_rank), str(one.trend.dumps))
        table.add_row(*facts, clean(one.paper.title), ", ".join(one.paper.topics))
    line.console.print(table)


def summaries(context: typer.Context, date: DateOption = None, as_json: JsonOption = False) -> None:
    """Ask DIGEST_SUMMARY_URL to summarise every paper of an edition that is not open yet.

    Papers that it was asked about before are skipped; a paper without a summary is mailed with an
    extract of its abstract. Exit code 1 when the endpoint did not answer for some of them.
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
