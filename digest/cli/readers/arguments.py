"""Arguments that several commands about readers share."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from digest.subscribers.rules.preference_fields import FIELDS

Email = Annotated[str, typer.Argument(help="The subscriber's address.")]
NoMail = Annotated[
    bool, typer.Option("--no-mail", help="Do not tell them by mail, as the pages would.")
]


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
