"""`digest subscribers`: the subscribers and what they want."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers import changes, files, listing, renewing, show
from digest.cli.readers.arguments import Email, given, with_preferences
from digest.model import Origin, SubscriberState
from digest.subscribers.rules.preference_fields import FIELDS

if TYPE_CHECKING:
    from digest.model import Subscriber

group = typer.Typer(no_args_is_help=True, help="Add, show, change, import and export subscribers.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    listing.register(group)
    show.register(group)
    changes.register(group)
    renewing.register(group)
    files.register(group)
    app.add_typer(group, name="subscribers")


Confirmed = Annotated[
    bool,
    typer.Option("--confirmed", help="They have already agreed; without it they are pending."),
]


@group.command(
    epilog=examples(
        'digest subscribers add ann@example.org --topics "compression:2;speech"',
        'digest subscribers add bo@example.org --confirmed --consent "paper form 12, 2026-11-19"',
    )
)
@with_preferences
def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="The reader's name.")] = "",
    confirmed: Confirmed = False,
    consent: Annotated[
        str,
        typer.Option(metavar="TEXT", help="With --confirmed: how they agreed, for the record."),
    ] = "",
    as_json: JsonOption = False,
    **preferences: str | None,
) -> None:
    """Add one subscriber. No mail goes out; with --confirmed they get the next digest.

    That they agreed is recorded, as are all changes that follow.
    """
    from digest.subscribers import subscriptions
    from digest.subscribers.rules.preferences import remarks_on

    line: CommandLine = context.obj
    if consent and not confirmed:
        raise typer.BadParameter("--consent needs --confirmed")
    wanted = given(preferences)
    agreed = {"said": consent, "by": "the command line"}
    added = subscriptions.add(
        line.app.database,
        {"email": email, "name": name, **wanted},
        line.app.topics.in_force.vocabulary,
        state=_state(confirmed),
        now=line.app.clock(),
        origin=Origin.COMMAND,
        consent=agreed if confirmed else None,
    )
    for remark in remarks_on(wanted, line.app.topics.in_force.vocabulary):
        line.remark(f"{remark}.")
    if as_json:
        line.json(_as_json(added))
    else:
        line.say(f"{added.address} is {added.state.value}.")


@group.command(epilog=examples("digest subscribers remove ann@example.org"))
def remove(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Erase one subscriber and their record. Exit code 4 when there is none.

    What stays is a number, in the deliveries, and when what happened to it.
    """
    from digest.subscribers import subscriptions, update_preferences

    line: CommandLine = context.obj
    database = line.app.database
    update_preferences.erase(database, subscriptions.find(database, email).id, line.app.clock())
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
