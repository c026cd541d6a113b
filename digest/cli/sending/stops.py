"""`digest pause`, `digest resume`, `digest cancel`: stop an edition, and let it go on."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, DateOption, JsonOption, TimeOption, examples

if TYPE_CHECKING:
    from digest.delivery.stops import Steered

Reason = Annotated[str, typer.Argument(help="Why, for the record and whoever asks.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            'digest pause "the links are wrong"', 'digest pause "a typo" --date 2026-11-21'
        )
    )(pause)
    app.command(epilog=examples("digest resume", "digest resume --date 2026-11-21"))(resume)
    app.command(epilog=examples('digest cancel "it came twice" --date 2026-11-21'))(cancel)


def pause(
    context: typer.Context,
    reason: Reason = "",
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pause an edition: nothing more of it is sent, by anyone.

    Whoever is sending it stops within seconds; mail in flight is finished. Again is harmless.
    """
    from digest.delivery import stops

    line: CommandLine = context.obj
    service = line.make_app(now=now)
    _show(line, stops.pause(service.database, date, reason, service.clock), as_json=as_json)


def resume(
    context: typer.Context,
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a paused edition go on. The service sends it, or `digest send`."""
    from digest.delivery import stops

    line: CommandLine = context.obj
    service = line.make_app(now=now)
    found = stops.resume(service.database, date, service.clock)
    _show(line, found, as_json=as_json)
    if found.stop is None and not as_json:
        line.say(f"The service sends it if it runs; else: digest send --date {found.edition}")


def cancel(
    context: typer.Context,
    reason: Reason = "",
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel an edition: skip all of it that waits, for good."""
    from digest.delivery import stops

    line: CommandLine = context.obj
    service = line.make_app(now=now)
    _show(line, stops.cancel(service.database, date, reason, service.clock), as_json=as_json)


def _show(line: CommandLine, found: "Steered", *, as_json: bool) -> None:
    if as_json:
        line.json(found.to_json())
        return
    how = f"is {found.stop.kind}: {found.stop.reason}" if found.stop else "may go on"
    line.say(f"The edition of {found.edition} {how}{'' if found.changed else ' (as before)'}.")
    for state, count in found.states.items():
        line.say(f"  {state.value:<10} {count:>9,}")
