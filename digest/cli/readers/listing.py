"""`digest subscribers list`: the subscribers of a filter, which is also that of the API."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples
from digest.cli.readers.arguments import given
from digest.model import Cadence, DeliveryState, Layout, Origin, SubscriberState

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.subscribers.rules.reader_filter import ReaderFilter

_WORDS: dict[str, tuple[type[StrEnum], str]] = {
    "state": (SubscriberState, "Only subscribers in this state."),
    "layout": (Layout, "Only those with this layout."),
    "cadence": (Cadence, "Only those who get mail so often."),
    "origin": (Origin, "Only those who came this way."),
    "mail": (DeliveryState, "Only those whose last mail is in this state."),
}
_TEXTS = {
    "search": ("TEXT", "A number, @domain, the beginning of an address, or a part of it."),
    "topic": ("SLUG", "Only those who follow this topic."),
    "language": ("TAG", "Only those whose mail is in this language, such as de."),
    "timezone": ("ZONE", "Only those in this time zone, such as Europe/Berlin."),
    "joined_from": ("DATE", "Only those who came on this day or later."),
    "joined_to": ("DATE", "Only those who came on this day or before."),
    "left_from": ("DATE", "Only those who left on this day or later."),
    "left_to": ("DATE", "Only those who left on this day or before."),
}


def with_filter(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each part of a filter, in place of its `**wanted`."""
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    kinds: dict[str, Any] = {
        name: Annotated[kind | None, typer.Option(help=told)]
        for name, (kind, told) in _WORDS.items()
    }
    kinds |= {
        name: Annotated[str | None, typer.Option(metavar=metavar, help=told)]
        for name, (metavar, told) in _TEXTS.items()
    }
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in kinds.items()
    ]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return command


def filter_of(line: CommandLine, wanted: dict[str, Any]) -> "ReaderFilter":
    """Return the filter that the options of `with_filter` say; days are those of the service."""
    from digest.subscribers.rules.reader_filter import read_filter

    settings, vocabulary = line.app.settings, line.app.topics.in_force.vocabulary
    texts = {name: str(text) for name, text in given(wanted).items()}
    return read_filter(texts, topics=vocabulary.topics, zone=settings.timezone)


def register(group: typer.Typer) -> None:
    """Add the command to those about subscribers."""
    group.command(
        "list",
        epilog=examples(
            "digest subscribers list --state active --json",
            "digest subscribers list --search @uni- --topic compression",
            "digest subscribers list --mail failed --joined-from 2026-11-01",
        ),
    )(with_filter(list_))


def list_(
    context: typer.Context,
    limit: LimitOption = None,
    as_json: JsonOption = False,
    **wanted: Any,
) -> None:
    """List subscribers, the oldest first; --json prints one object per line."""
    from digest.subscribers import subscriptions
    from digest.subscribers.files.reader_lines import iter_json

    line: CommandLine = context.obj
    database, chosen = line.app.database, filter_of(line, wanted)
    if as_json:
        line.json_lines(iter_json(database, chosen, limit))
        return
    found = subscriptions.iter_all(database, chosen)
    table = line.table("", "address", "state", "topics", "interests", "schedule", "papers")
    for one in islice(found, limit or MOST_ROWS):
        table.add_row(*_row(one))
    line.show(table)
    line.say_if_more(found)


def _row(one: "Subscriber") -> tuple[str, ...]:
    prefs, schedule = one.preferences, one.preferences.schedule
    when = f"{schedule.cadence.value} {schedule.hour:02}:00 {schedule.timezone}"
    topics, phrases = ", ".join(prefs.topics), ", ".join(prefs.interests)
    return (one.address, one.state.value, topics, phrases, when, str(prefs.max_papers))
