"""`digest summaries`: have the papers of the coming edition summarised by a language model."""

import typer

from digest.cli.command_line import CommandLine, DateOption, JsonOption, examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest summaries", "digest summaries --json"))(summaries)


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
        line.say(f"Edition of {report.edition}: {report.papers} papers not frozen yet.")
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
