"""`digest subscribers`: the subscribers and what they want."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers import files
from digest.model import SubscriberState
from digest.subscribers.rules.preference_fields import FIELDS

if TYPE_CHECKING:
    from digest.model import Subscriber

group = typer.Typer(no_args_is_help=True, help="Add, list, import, export and remove subscribers.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    files.register(group)
    app.add_typer(group, name="subscribers")


Email = Annotated[str, typer.Argument(help="The subscriber's address.")]
Confirmed = Annotated[
    bool,
    typer.Option("--confirmed", help="They have already agreed; without it they are pending."),
]


def with_preferences(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each preference, in place of its `**preferences`."""
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default="",
            annotation=Annotated[str, typer.Option(help=field.help)],
        )
        for field in FIELDS
    ]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return command


@group.command(
    epilog=examples(
        'digest subscribers add ann@example.org --topics "compression:2;speech" --confirmed'
    )
)
@with_preferences
def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="The reader's name.")] = "",
    confirmed: Confirmed = False,
    as_json: JsonOption = False,
    **preferences: str,
) -> None:
    """Add one subscriber."""
    from digest.subscribers import subscriptions
    from digest.subscribers.rules.preferences import remarks_on

    line: CommandLine = context.obj
    added = subscriptions.add(
        line.app.database,
        {"email": email, "name": name, **preferences},
        line.app.files.vocabulary,
        state=_state(confirmed),
        now=line.app.clock(),
    )
    for remark in remarks_on(preferences, line.app.files.vocabulary):
        line.remark(f"{remark}.")
    if as_json:
        line.json(_as_json(added))
    else:
        line.say(f"{added.address} is {added.state.value}.")


@group.command("list", epilog=examples("digest subscribers list --state active --json"))
def list_(
    context: typer.Context,
    state: Annotated[
        SubscriberState | None, typer.Option(help="Only subscribers in this state.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List subscribers; --json prints one object per line."""
    from digest.subscribers import subscriptions

    line: CommandLine = context.obj
    table = line.table("", "address", "state", "topics", "interests", "schedule", "papers")
    for one in subscriptions.iter_all(line.app.database, state):
        if as_json:
            line.json(_as_json(one))
            continue
        prefs, schedule = one.preferences, one.preferences.schedule
        when = f"{schedule.cadence.value} {schedule.hour:02}:00 {schedule.timezone}"
        topics, phrases = ", ".join(prefs.topics), ", ".join(prefs.interests)
        row = (one.address, one.state.value, topics, phrases, when, str(prefs.max_papers))
        table.add_row(*row)
    if not as_json:
        line.console.print(table)


@group.command(epilog=examples("digest subscribers show ann@example.org"))
def show(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Show everything known about one subscriber."""
    from digest.subscribers import subscriptions

    line: CommandLine = context.obj
    found = _as_json(subscriptions.find(line.app.database, email))
    if as_json:
        line.json(found)
        return
    line.facts({name: str(value) for name, value in found.items()})


@group.command(epilog=examples("digest subscribers remove ann@example.org"))
def remove(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Erase one subscriber; their deliveries keep only a number. Exit code 4 when there is none."""
    from digest.subscribers import subscriptions

    line: CommandLine = context.obj
    subscriptions.remove(line.app.database, email)
    if as_json:
        line.json({"email": email, "removed": True})
    else:
        line.say("Removed.")


@group.command(epilog=examples("digest subscribers tidy --json"))
def tidy(context: typer.Context, as_json: JsonOption = False) -> None:
    """Forget subscribers who did not confirm within a week, and end pauses that are over.

    Running it again is harmless. Run it at least daily if no scheduler does.
    """
    from digest.subscribers.cleanup import tidy as tidy_up

    line: CommandLine = context.obj
    done = tidy_up(line.app.database, line.app.clock())
    if as_json:
        line.json({"forgotten": done.forgotten, "resumed": done.resumed})
    else:
        line.say(f"{done.forgotten} forgotten, {done.resumed} resumed.")


def _state(confirmed: bool) -> SubscriberState:
    return SubscriberState.ACTIVE if confirmed else SubscriberState.PENDING


def _as_json(one: "Subscriber") -> dict[str, Any]:
    return {
        "email": one.address,
        "name": one.name,
        "state": one.state.value,
        **{field.name: field.store(field.of(one.preferences)) for field in FIELDS},
        "created_at": one.created_at.isoformat(),
    }
