"""`digest demo`: the whole service once through, in a folder of its own."""

import sys
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, examples
from digest.cli.development import demo_console
from digest.cli.development.sink import shown, wait
from digest.ground.signals import stopped_by_signal
from digest.ground.text.counts import counted
from digest.ground.text.plain_text import clean

if TYPE_CHECKING:
    from digest.app import App
    from digest.editions.store.editions import OpenEdition

EDITION = date(2026, 11, 19)  # the newest of the sample dumps
MORNING = datetime(2026, 11, 19, 7, tzinfo=UTC)  # when the demo takes place
READERS = (
    {
        "email": "ada@example.org",
        "name": "Ada",
        "topics": "compression:2;speech",
        "timezone": "Europe/Berlin",
    },
    {
        "email": "ben@example.org",
        "name": "Ben",
        "topics": "agents;coding",
        "interests": "tool calling benchmarks",
        "cadence": "weekdays",
        "timezone": "America/New_York",
    },
    {
        "email": "chidi@example.org",
        "name": "Chidi",
        "topics": "science;health;multilingual",
        "muted": "survey",
        "max_papers": "6",
        "timezone": "Africa/Lagos",
    },
    {
        "email": "dana@example.org",
        "name": "Dana",
        "interests": "KV cache compression;text-to-SQL",
        "topics": "inference",
        "max_papers": "8",
        "layout": "compact",
    },
    {"email": "eli@example.org", "name": "Eli", "max_papers": "5"},
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest demo", "digest demo --dir /tmp/digest-demo --no-stay"))(
        demo
    )


def demo(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the demo's database and mails go.")
    ] = Path("demo"),
    web_port: Annotated[int, typer.Option(help="The inbox's port; 0 picks a free one.")] = 8025,
    pages_port: Annotated[int, typer.Option(help="The port of the console; 0: any.")] = 8026,
    stay: Annotated[
        bool | None,
        typer.Option("--stay/--no-stay", help="Show inbox and console until Ctrl-C."),
    ] = None,
) -> None:
    """Send a made-up digest to five readers into the built-in mail server, and show it.

    Needs no key, no network and no mail account. Everything it writes is in one folder, which it
    clears first. On a terminal it stays: read the mails in a web inbox, and look around in the
    console of whoever would run the service.
    """
    from digest.devtools.sink.sink import Sink, listen

    line: CommandLine = context.obj
    staying = sys.stdout.isatty() if stay is None else stay
    mails = _start_afresh(directory)
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signal())
        sink = stack.enter_context(Sink(directory=mails))
        inbox = stack.enter_context(shown(sink, web_port)) if staying else ""
        base_url = "https://digest.example"
        if staying:
            hint = "choose another one with --pages-port, or --no-stay"
            listener = stack.enter_context(listen("127.0.0.1", pages_port, hint=hint))
            base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = stack.enter_context(closing(_app(directory, sink.url, base_url)))
        edition = _prepare(line, app)
        _send(line, app, edition)
        line.say("")
        line.say(f"The mails themselves are in {mails}.")
        if staying:
            _count(app)
            console = stack.enter_context(demo_console.shown(app, listener))
            line.say(f"Read them in a browser: {inbox}")
            line.say(f"The console, signed in: {console}")
            wait(stop)
        else:
            command = f"{_how_we_were_called()} sink --dir {mails}"
            line.say(f"Read them in a browser: {command}")


def _how_we_were_called() -> str:
    """Return what to type for `digest`: its path where it is not on the PATH."""
    import shutil
    import sys

    called = Path(sys.argv[0])
    return "digest" if shutil.which("digest") or called.name != "digest" else str(called)


def _start_afresh(directory: Path) -> Path:
    """Remove what a demo before left in the folder; return the folder of the mails."""
    mails = directory / "mail"
    mails.mkdir(parents=True, exist_ok=True)
    for old in (*directory.glob("digest.db*"), *mails.glob("*.eml"), mails / "index.jsonl"):
        if old.is_file():
            old.unlink()
    return mails


def _app(directory: Path, smtp_url: str, base_url: str) -> "App":
    import secrets

    from digest.app import StoppedClock, build_app
    from digest.settings import load_settings

    settings = load_settings(
        database_url=f"sqlite:///{directory / 'digest.db'}",
        smtp_url=smtp_url,
        secret_key=secrets.token_urlsafe(32),
        journal_dir=directory / "journals",
        sender="Daily papers <papers@digest.example>",
        postal_address="Example Lab, 1 Sample Street, 12345 Sampletown",
        base_url=base_url,
    )
    return build_app(settings, clock=StoppedClock(MORNING))


def _prepare(line: CommandLine, app: "App") -> "OpenEdition":
    """Make the database, load the sample dumps, add the readers, open the edition."""
    from digest.ground import shipped
    from digest.model import Origin, SubscriberState
    from digest.papers import ingest
    from digest.subscribers import subscriptions

    app.init()
    loaded = ingest.ingest(
        app.database,
        [shipped.samples_dir()],
        now=app.clock(),
        given=EDITION,
        classify=app.topics.classify,
    )
    facts = (
        f"{counted(loaded.tally.entries, 'entry', 'entries')}, {counted(loaded.tally.new, 'paper')}"
    )
    line.say(f"Ingested {counted(len(loaded.dumps), 'dump')}: {facts}.")
    for fields in READERS:
        subscriptions.add(
            app.database,
            fields,
            app.topics.in_force.vocabulary,
            state=SubscriberState.ACTIVE,
            now=app.clock(),
            origin=Origin.COMMAND,
        )
    line.say(f"Added {len(READERS)} confirmed readers.")
    edition = app.editions.open(EDITION)
    candidates = counted(len(edition.edition.candidates), "candidate")
    line.say(f"Opened the edition of {EDITION}: {candidates}.")
    return edition


def _count(app: "App") -> None:
    """Do what the scheduler does every hour, so that the console has figures to show."""
    from digest.scheduler import tasks

    tasks.topics(app, lambda: False)
    tasks.tidy(app)


def _send(line: CommandLine, app: "App", edition: "OpenEdition") -> None:
    """Send, say what everybody got and why, and send again to show that nobody gets it twice."""
    from digest.delivery.forecast import explaining
    from digest.workers import local

    report = local.send(app, EDITION)
    states = ", ".join(f"{count} {state}" for state, count in report.states.items())
    line.say(f"Sent it in {report.seconds:.1f} s: {states}.")
    candidates = {one.paper.id: one for one in edition.edition.candidates}
    for fields in READERS:
        reader, packed = explaining.find_reader(app.database, edition, fields["email"])
        wants = "; ".join((*reader.preferences.topics, *reader.preferences.interests))
        table = line.table(f"{reader.name} follows {wants or 'nothing yet'}", "", "paper", "why")
        for place, pick in enumerate(explaining.picks_of(app.database, packed or b""), start=1):
            one = candidates[pick.paper_id]
            why = app.composing.reason_text(pick.reason, one.trend)
            table.add_row(str(place), clean(one.paper.title), why)
        line.say("")
        line.show(table)
    again = local.send(app, EDITION)
    line.say(f"Sending it once more sends nothing: {again.note}.")
