"""`digest serve`: the public pages."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest serve", "digest serve --host 0.0.0.0 --port 80"))(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8000,
) -> None:
    """Serve the public pages until SIGINT or SIGTERM.

    They are for subscribing, preferences and unsubscribing, with the archive and the feeds. Put a
    reverse proxy with TLS in front, and set DIGEST_BASE_URL to the address that readers see.
    """
    from digest.cli.sending.pages import serving
    from digest.ground.signals import stopped_by_signal

    line: CommandLine = context.obj
    line.app.smtp.check_for_real()  # the form sends mail, to whoever asks for it
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        serving(line.app, host, port, stop) as address,
    ):
        line.say(f"Pages  {address}")
        stop.wait()
    line.app.database.close()
