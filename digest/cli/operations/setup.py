"""`digest init`, `digest doctor`: the database, and what is wrong with the setup."""

from dataclasses import asdict
from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, TimeOption, examples
from digest.ground.text.counts import counted

STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "skipped": "dim"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("digest init", "digest init --accept-settings"))(init)
    app.command(
        epilog=examples(
            "digest doctor", "digest doctor --offline", "digest doctor --dkim-selector d2026 --json"
        )
    )(doctor)


def init(
    context: typer.Context,
    accept_settings: Annotated[
        bool,
        typer.Option(
            "--accept-settings",
            help="Mail by this machine's settings from now on, also when others had other ones.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create the database, or upgrade it. Running it again is harmless.

    Papers with a topic that the catalogue no longer knows are classified anew. Exit code 2, and
    nothing changed, when a newer program has upgraded the database.
    """
    from digest.papers import reclassifying

    line: CommandLine = context.obj
    before, after = line.app.init()
    if accept_settings:
        line.app.installation.accept_settings()
    name, classified = line.app.database_name, 0
    if reclassifying.is_stale(line.app.database, line.app.topics.in_force.topic_names):
        classify = line.app.topics.classify
        with line.progress("Classifying papers") as bar:
            classified = reclassifying.refresh(line.app.database, classify, bar)
    if as_json:
        line.json({"database": name, "before": before, "schema": after, "classified": classified})
    elif before == after:
        line.say(f"{name} is ready (schema {after}); nothing to do.")
    else:
        done = f"upgraded from schema {before} to" if before else "created with schema"
        line.say(f"{name}: {done} {after}.")
    if accept_settings and not as_json:
        line.say("Mail goes out by this machine's settings from now on.")
    if classified and not as_json:
        line.say(f"{counted(classified, 'paper')} classified by the present catalogue.")


def doctor(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask mail, name or web servers.")
    ] = False,
    dkim_selector: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Look up these DKIM keys instead of the configured ones."
        ),
    ] = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check settings, files, database, clock, mail server, DNS records and pages.

    Sends and changes nothing. Exit code 1 when a check fails; warnings do not count.
    """
    from digest.app.doctor import examine
    from digest.errors import SettingsError
    from digest.operations.doctor.finding import Level, fail

    line: CommandLine = context.obj
    try:
        service = line.make_app(now=now, read_only=True)
    except SettingsError as exc:
        found = [fail("settings", str(exc), exc.hint)]
    else:
        found = examine(service, offline=offline, selectors=tuple(dkim_selector or ()))
    failed = sum(each.level is Level.FAIL for each in found)
    if as_json:
        line.json({"failed": failed, "findings": [asdict(each) for each in found]})
    for each in found if not as_json else ():
        line.say(f"{each.level.value:<8} {each.name}: {each.what}", style=STYLES[each.level.value])
        if each.mend:
            line.say(f"         to fix: {each.mend}")
    raise typer.Exit(1 if failed else 0)
