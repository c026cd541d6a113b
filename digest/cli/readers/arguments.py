"""Arguments that several commands about readers share."""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from digest.cli.command_line import writing
from digest.subscribers.rules.preference_fields import FIELDS

Email = Annotated[str, typer.Argument(help="The subscriber's address.")]
NoMail = Annotated[
    bool, typer.Option("--no-mail", help="Do not tell them by mail, as the pages would.")
]

PrivateOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write to this file, which only you may read, not to standard output.",
    ),
]


@contextmanager
def private_output(out: Path | None) -> Iterator[IO[str]]:
    """Open a file that only its owner may read, or standard output; InputError if it fails."""
    from digest.ground.private_files import private_text_file

    with (
        writing(out or Path("standard output")),
        private_text_file(out) if out else nullcontext(sys.stdout) as file,
    ):
        yield file


def with_preferences(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each preference, in place of its `**preferences`.

    One that is left out is None.
    """
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(help=field.help)],
        )
        for field in FIELDS
    ]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return command


def given(preferences: dict[str, Any]) -> dict[str, str]:
    """Return the preferences that were given, by name."""
    return {name: text for name, text in preferences.items() if text is not None}
