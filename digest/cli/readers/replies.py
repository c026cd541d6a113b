"""`digest replies`: what readers answered and was not understood; try what a reply would do."""

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples
from digest.errors import InputError

if TYPE_CHECKING:
    from digest.intake.trying_replies import Trial


group = typer.Typer(no_args_is_help=True, help="List replies not understood, or try one.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="replies")


@group.command("list", epilog=examples("digest replies list --json"))
def list_(context: typer.Context, limit: LimitOption = None, as_json: JsonOption = False) -> None:
    """List the replies of 30 days that were not understood, newest first.

    --json prints one object per line.
    """
    from digest.intake.store import reader_replies

    line: CommandLine = context.obj
    with line.app.database.read() as session:
        found = reader_replies.unclear(session)
        shown = list(islice(found, limit or (None if as_json else MOST_ROWS)))
        if as_json:
            for one in shown:
                line.json(
                    {
                        "subscriber": one.subscriber_id,
                        "received_at": one.received_at.isoformat(),
                        "text": one.text,
                    }
                )
            return
        table = line.table("", "when", "subscriber", "what they wrote")
        for one in shown:
            table.add_row(f"{one.received_at:%Y-%m-%d %H:%M}", str(one.subscriber_id), one.text)
        line.show(table)
        line.say_if_more(found)


@group.command(
    "try", epilog=examples("digest replies try reply.eml", "digest replies try - < reply.eml")
)
def try_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help='A reply as it came, header included; "-": standard input.')
    ],
    as_json: JsonOption = False,
) -> None:
    """Show what a reply would do; nothing is changed or sent.

    Without an address of ours it is read as the answer of somebody to a mail of 500 papers.
    """
    from digest.intake.tokens import identify_reply_by
    from digest.intake.trying_replies import try_reply
    from digest.subscribers.links import bindings

    line: CommandLine = context.obj
    identify = identify_reply_by(line.app.settings.keys, bindings(line.app.database))
    trial = try_reply(line.app.replies, identify, _read(file))
    if as_json:
        line.json(_json(trial))
        return
    for said in _words(trial):
        line.say(said)


def _words(trial: "Trial") -> list[str]:
    if trial.automatic:
        return [f"This is {trial.automatic}: nothing would be done."]
    reader = f"Subscriber {trial.subscriber_id}: " if trial.subscriber_id else ""
    if not trial.commands:
        where = f": {trial.line!r}" if trial.line else "."
        return [f"{reader}Not understood, so nothing would be done{where}"]
    return [f"{reader}{command}" for command in trial.commands]


def _json(trial: "Trial") -> dict[str, Any]:
    return {
        "subscriber": trial.subscriber_id or None,
        "edition": trial.edition.isoformat() if trial.edition else None,
        "automatic": trial.automatic,
        "commands": [str(command) for command in trial.commands],
        "not_understood": trial.line,
        "own_lines": list(trial.lines),
    }


def _read(file: Path) -> bytes:
    from digest.intake.incoming import LARGEST_BYTES

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(LARGEST_BYTES + 1)
        with file.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except OSError as exc:
        raise InputError(f"Cannot read {file}: {exc.strerror}") from None
