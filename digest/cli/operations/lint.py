"""`digest lint`: the check before a send, by itself."""

from typing import TYPE_CHECKING

import typer

from digest.cli.command_line import CommandLine, DateOption, JsonOption, examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.render.lint.finding import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest lint", "digest lint --date 2026-11-21 --json"))(lint)


def lint(context: typer.Context, date: DateOption = None, as_json: JsonOption = False) -> None:
    """Check sample mails of an edition for mistakes, as `send` also does.

    An error blocks the edition; a warning does not. Exit code 1 when there is an error.
    """
    line: CommandLine = context.obj
    service = line.make_app(read_only=True)
    edition = service.editions.foresee(date)
    findings = service.checks.preflight(everything=True).check(edition.edition)
    service.database.close()
    if as_json:
        day = edition.edition.date.isoformat()
        line.json({"edition": day, "findings": [finding.to_json() for finding in findings]})
    else:
        show(line, findings)
        if not findings:
            line.say(f"The edition of {edition.edition.date}: no problems found.")
    raise typer.Exit(1 if any(finding.level == "error" for finding in findings) else 0)


def show(line: CommandLine, findings: "Sequence[Finding]") -> None:
    """Print findings, three lines each."""
    for finding in findings:
        style = "red" if finding.level == "error" else ""
        line.say(f"{finding.level}: {finding.what}", style=style)
        line.say(f"  where: {finding.where}\n  fix:   {finding.fix}")
