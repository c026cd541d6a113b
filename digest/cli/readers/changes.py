"""`digest subscribers set`, `pause`, `resume`, `unsubscribe`, `suppress`, `unsuppress`.

What the pages and the API do to a subscription, by the same use cases: the same events, and the
same mails to the reader, unless they are not wanted.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers.arguments import Email, NoMail, given, with_preferences
from digest.errors import SettingsError

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Subscriber
    from digest.subscribers.suppression import Suppressed

_UNTOLD = "The mail that tells them was not taken: `digest deliveries` says why."


def register(group: typer.Typer) -> None:
    """Add the commands to those about subscribers."""
    group.command(
        "set",
        epilog=examples(
            "digest subscribers set ann@example.org --cadence weekly --weekday friday",
            'digest subscribers set ann@example.org --muted "" --no-mail',
        ),
    )(with_preferences(change))
    group.command(epilog=examples("digest subscribers pause ann@example.org --until 2026-12-24"))(
        pause
    )
    group.command(epilog=examples("digest subscribers resume ann@example.org"))(resume)
    group.command(
        epilog=examples(
            "digest subscribers unsubscribe ann@example.org",
            "digest subscribers unsubscribe ann@example.org --no-mail --json",
        )
    )(unsubscribe)
    group.command(
        epilog=examples('digest subscribers suppress ann@example.org --reason "a complaint"')
    )(suppress)
    group.command(epilog=examples("digest subscribers unsuppress ann@example.org"))(unsuppress)


def change(
    context: typer.Context,
    email: Email,
    no_mail: NoMail = False,
    as_json: JsonOption = False,
    **preferences: str | None,
) -> None:
    """Change what a subscriber gets and when; what is left out stays as it is.

    "" stands for the default. An active reader is told by mail, once a day, with a link that
    undoes it. Exit code 1 when that mail was not taken yet.
    """
    from digest.subscribers import subscriptions, update_preferences
    from digest.subscribers.rules.preferences import remarks_on
    from digest.subscribers.rules.preferences import update_preferences as updated

    line: CommandLine = context.obj
    wanted = given(preferences)
    if not wanted:
        raise typer.BadParameter("name at least one preference to change")
    app, vocabulary = _app(line, mails=not no_mail), line.app.topics.in_force.vocabulary
    found = subscriptions.find(app.database, email)
    after = updated(found.preferences, wanted, vocabulary)
    tell = not no_mail
    event = update_preferences.save(app.database, found.id, after, app.clock(), tell=tell)
    for remark in remarks_on(wanted, vocabulary):
        line.remark(f"{remark}.")
    untold = tell and bool(event) and _is_untold(app, found.id)
    said = f"{found.address} {'has new preferences' if event else 'had these preferences'}."
    _end(line, as_json, said, found, untold=untold, changed=bool(event))


def pause(
    context: typer.Context,
    email: Email,
    until: Annotated[
        str, typer.Option(metavar="DATE", help="The date on which mail goes on, where they live.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Send a subscriber nothing before a date, at most a year away."""
    from digest.subscribers import subscriptions, update_preferences

    line: CommandLine = context.obj
    database = line.app.database
    found = subscriptions.find(database, email)
    paused = update_preferences.pause(database, found.id, until, line.app.clock())
    _end(line, as_json, f"{paused.address} is paused until {paused.paused_until}.", paused)


def resume(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """End a subscriber's pause; harmless without one."""
    from digest.subscribers import subscriptions, update_preferences

    line: CommandLine = context.obj
    database = line.app.database
    found = subscriptions.find(database, email)
    active = update_preferences.resume(database, found.id, line.app.clock())
    _end(line, as_json, f"{active.address} is {active.state.value}.", active)


def unsubscribe(
    context: typer.Context, email: Email, no_mail: NoMail = False, as_json: JsonOption = False
) -> None:
    """End a subscription at once; again is harmless.

    The reader is told by mail, with a link that undoes it within a week. Exit code 1 when that
    mail was not taken yet; the subscription has ended all the same.
    """
    from digest.subscribers import subscriptions
    from digest.subscribers import unsubscribe as unsubscribing
    from digest.subscribers.store.suppressions import OPERATOR

    line: CommandLine = context.obj
    app = _app(line, mails=not no_mail)
    found = subscriptions.find(app.database, email)
    step = unsubscribing.unsubscribe(
        app.database, found.id, app.clock(), tell=not no_mail, source=OPERATOR
    )
    untold = step.told and _is_untold(app, found.id)
    after = step.subscriber
    said = f"{after.address} {'is' if step.changed else 'was already'} {after.state.value}."
    _end(line, as_json, said, after, untold=untold, changed=step.changed)


def suppress(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address; need not be a subscriber's.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Never mail an address again, whoever asks for it; nor can it be added or imported.

    No mail tells them. What is queued for them is skipped. The address is kept as a hash, so it
    stays suppressed when its subscriber is removed.
    """
    from digest.subscribers import suppression

    line: CommandLine = context.obj
    done = suppression.suppress(line.app.database, email, reason, line.app.clock())
    how = "is suppressed: it is never mailed again" if done.changed else "was suppressed already"
    _end_suppression(line, as_json, f"{done.address} {how}.", done)


def unsuppress(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Lift a suppression: the address may be added, or may subscribe, again.

    Whoever was subscribed stays unsubscribed. Exit code 4 when it is not suppressed.
    """
    from digest.subscribers import suppression

    line: CommandLine = context.obj
    done = suppression.lift(line.app.database, email, line.app.clock())
    _end_suppression(line, as_json, f"{done.address} may be mailed again once they ask.", done)


def _app(line: CommandLine, *, mails: bool) -> "App":
    """Return the service; SettingsError when mail to a reader would lack what it needs."""
    if mails:
        try:
            line.app.smtp.check_for_real()
        except SettingsError as exc:
            raise SettingsError(str(exc), hint=f"{exc.hint}; or tell nobody: --no-mail") from None
    return line.app


def _is_untold(app: "App", subscriber_id: int) -> bool:
    """Send the outbox; return whether the mail to the subscriber was not taken all the same."""
    app.outbox.drain_if_possible()
    return app.outbox.is_untold(subscriber_id)


def _end(
    line: CommandLine,
    as_json: bool,
    said: str,
    subscriber: "Subscriber",
    *,
    untold: bool = False,
    **more: Any,
) -> None:
    if as_json:
        until = subscriber.resumes_on.isoformat() if subscriber.resumes_on else None
        state = {"state": subscriber.state.value, "paused_until": until}
        line.json({"email": subscriber.address, **state, **more, "untold": untold})
    else:
        line.say(said)
    if untold:
        line.remark(_UNTOLD)
        raise typer.Exit(1)


def _end_suppression(line: CommandLine, as_json: bool, said: str, done: "Suppressed") -> None:
    if as_json:
        state = done.subscriber.state.value if done.subscriber else None
        line.json({"email": done.address, "state": state, "changed": done.changed})
    else:
        line.say(said)
