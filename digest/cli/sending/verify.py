"""`digest verify`: compare the ledger with its seals."""

from typing import Annotated

import typer

from digest.cli.command_line import AnyDateOption, CommandLine, JsonOption, examples
from digest.ground.text.counts import counted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            "digest verify",
            "digest verify --date 2026-11-21 --rows-only",
            "digest verify --date 2026-11-21 --json",
        )
    )(verify)


def verify(
    context: typer.Context,
    date: AnyDateOption = None,
    rows_only: Annotated[
        bool, typer.Option("--rows-only", help="Do not make the mails again.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the ledger of an edition with its seal; of the newest sealed one without a date.

    Rows that were changed, removed or added since are named. Every mail is made again and must come
    out byte for byte as it was sent; nothing is sent. Exit code 1 when something differs, 4 when
    the edition has no seal.
    """
    line: CommandLine = context.obj
    service = line.make_app(read_only=True)
    done = 0
    with line.progress("Verifying") as bar:

        def tell(count: int) -> None:
            nonlocal done
            done += count
            bar(done, 0)

        found = service.seals.verify(date, mails=not rows_only, progress=tell)
    if as_json:
        line.json(found.to_json())
    else:
        line.say(f"The edition of {found.day}, sealed at {found.sealed_at:%Y-%m-%d %H:%M} UTC:")
        line.say(f"  seal   {found.seal}")
        line.say(f"  rows   {counted(found.rows, 'row')} compared")
        if not rows_only:
            line.say(f"  mails  {found.mails:,} made again, byte for byte")
        for remark in found.remarks:
            line.say(remark, style="yellow")
        for problem in found.problems:
            line.say(problem, style="red")
        if not found.problems:
            line.say(
                "Nothing differs from the seal."
                if found.remarks
                else "Everything is as it was sealed."
            )
    raise typer.Exit(1 if found.problems else 0)
