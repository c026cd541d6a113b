"""`digest lab`: two rankings share the mails of those who agreed, and votes decide."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

if TYPE_CHECKING:
    from digest.lab.standing import Standing

group = typer.Typer(no_args_is_help=True, help="Compare two rankings by the votes of readers.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="lab")


@group.command(
    "open",
    epilog=examples(
        "digest lab open spring --a standard --b trend",
        "digest lab open small --a standard --b votes --mails 2000 --json",
    ),
)
def open_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name for this comparison.")],
    a: Annotated[str, typer.Option("--a", help="standard, trend, match or votes.")],
    b: Annotated[str, typer.Option("--b", help="Another one of them.")],
    mails: Annotated[
        int | None,
        typer.Option(help="End it after so many mails with a vote; default: 6000."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Open a lab: the next editions mix two rankings for readers who agreed to it."""
    from digest.lab import opening, standing

    line: CommandLine = context.obj
    database, now = line.app.database, line.app.clock()
    planned = opening.PLANNED if mails is None else mails
    lab = opening.open_lab(database, name, a, b, now=now, planned=planned)
    if as_json:
        line.json(standing.stand(database, lab.name).to_json())
    else:
        line.say(f"The lab {lab.name} is open: {lab.a} (A) against {lab.b} (B).")
        line.say("It begins with the next edition that is opened.")


@group.command(epilog=examples("digest lab status", "digest lab status spring --json"))
def status(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Which lab; default: the newest.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which ranking is ahead, by how much, and how sure that is."""
    from digest.lab import standing

    line: CommandLine = context.obj
    found = standing.stand(line.app.database, name)
    if as_json:
        line.json(found.to_json())
        return
    for each in _sentences(found):
        line.say(each)


@group.command(epilog=examples("digest lab close"))
def close(context: typer.Context, as_json: JsonOption = False) -> None:
    """Close the open lab: editions that are opened from now on are picked as before."""
    from digest.lab import opening, standing

    line: CommandLine = context.obj
    lab = opening.close_lab(line.app.database, now=line.app.clock())
    if as_json:
        line.json(standing.stand(line.app.database, lab.name).to_json())
    else:
        line.say(f"The lab {lab.name} is closed. Its votes are counted for another week.")


def _sentences(found: "Standing") -> list[str]:
    from digest.lab.rules import wording

    lab = found.lab
    state = "closed" if lab.closed_at else "open"
    counted = f"{lab.counted_at:%Y-%m-%d %H:%M} UTC" if lab.counted_at else "not yet"
    return [
        f"{lab.name} ({state}): {lab.a} (A) against {lab.b} (B). Votes counted: {counted}.",
        wording.progress(found.verdict, len(found.editions), lab.planned),
        wording.result(found.verdict, lab.a, lab.b),
        wording.certainty(found.verdict, lab.a, lab.b),
        wording.outlook(found.verdict, len(found.editions)),
    ]
