"""`digest sink`: a mail server for trying things out, and its inbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.ground.signals import stopped_by_signal

if TYPE_CHECKING:
    from threading import Event

    from digest.devtools.sink.misbehaviour import Misbehaviour
    from digest.devtools.sink.sink import Sink

KEEP = 2000  # messages in memory: about 100 MB of digests

HELP = """Run a mail server that keeps every message, and show them in a web inbox.

Nothing leaves this machine. Point DIGEST_SMTP_URL at it, send, and open the inbox. It can
misbehave on demand, to show what a mail server's bad day does to a send:

\b
  digest sink
  digest sink --dir ./mail --no-web
  digest sink --misbehave 'full@example.org: 452 4.2.2 mailbox full'
  digest sink --misbehave 'share 5% seed 1 at dot: 451 4.3.2 try again later'
  digest sink --misbehave 'every 50 at stored: drop' --misbehave 'at any: wait 0.02'

\b
A rule is PATTERN CONDITION... at STEP: ACTION; everything before the colon is optional.
  PATTERN    an address with * and ?, compared with the recipient (at mail: with the sender)
  CONDITION  every N, first N, after N, share P, seed S
  STEP       connect, mail, rcpt (if left out), data, body, dot, stored; any, for waits
  ACTION     a 4xx or 5xx reply, drop, hang, wait SECONDS
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("sink", help=HELP)(sink)


def sink(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The SMTP port; 0 picks a free one.")
    ] = 2525,
    web_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The inbox's port; 0 picks a free one.")
    ] = 8025,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Keep the messages in this folder across restarts.")
    ] = None,
    misbehave: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="May be given several times.")
    ] = None,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Show an inbox.")] = True,
) -> None:
    """Start, say where to find what, and run until SIGINT or SIGTERM."""
    from digest.devtools.sink.misbehaviour import Misbehaviour
    from digest.devtools.sink.rules import parse_rule

    rules = Misbehaviour([parse_rule(text) for text in misbehave or ()])
    with stopped_by_signal() as stop, _listening(host, port, directory, rules) as server:
        typer.echo(f"Mail server  DIGEST_SMTP_URL={server.url}")
        if web:
            with shown(server, web_port) as address:
                typer.echo(f"Inbox        {address}")
                wait(stop)
        else:
            wait(stop)
    typer.echo(f"Stopped. Messages accepted: {server.accepted}")


@contextmanager
def _listening(
    host: str, port: int, directory: Path | None, rules: "Misbehaviour"
) -> Iterator["Sink"]:
    from digest.devtools.sink.sink import Sink
    from digest.errors import InputError

    server = Sink(host, port, directory=directory, misbehaviour=rules, keep=KEEP)
    try:
        server.start()
    except OSError as exc:
        raise InputError(
            f"Cannot keep messages in {directory}: {exc.strerror}",
            hint="--dir must name a folder that you can write to; it is created if missing",
        ) from None
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def shown(server: "Sink", web_port: int) -> Iterator[str]:
    """Serve the inbox from a thread: only the main one may handle signals, and it waits."""
    import threading

    import uvicorn

    from digest.devtools.sink.inbox import make_inbox
    from digest.devtools.sink.sink import listen
    from digest.ground.shipped import templates_dir
    from digest.web.bounded_protocol import BoundedProtocol

    listener = listen(server.host, web_port, hint="choose another one with --web-port, or --no-web")
    inbox = make_inbox(server, templates_dir())
    config = uvicorn.Config(inbox, http=BoundedProtocol, ws="none", log_level="warning")
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]}, name="inbox")
    thread.start()
    try:
        host = f"[{server.host}]" if ":" in server.host else server.host
        yield f"http://{host}:{listener.getsockname()[1]}/"
    finally:
        web.should_exit = True
        thread.join()


def wait(stop: "Event") -> None:
    """Wait for the signal."""
    typer.echo("Running; stop with Ctrl-C.")
    stop.wait()
