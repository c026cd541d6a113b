"""`digest run`: pages, scheduler and sending in one process, for one machine."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, examples
from digest.ground.signals import stopped_by_signal

_GOODBYE_SECONDS = 5  # for requests that are being answered


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("digest run", "digest run --host 0.0.0.0 --port 80"))(run)


def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8000,
) -> None:
    """Run everything until SIGINT or SIGTERM: the pages, the scheduler, and the sending.

    For more than one machine, run `digest serve`, `digest schedule` and `digest worker` instead.
    The first signal lets mail in flight finish (DIGEST_DRAIN_SECONDS); a second one stops at once.
    """
    from digest.cli.sending.pages import serving
    from digest.scheduler.scheduler import Scheduler
    from digest.scheduler.tasks import TASKS

    line: CommandLine = context.obj
    line.app.smtp.check_for_real()
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        serving(line.app, host, port, stop, _GOODBYE_SECONDS) as address,
        Scheduler(line.app, TASKS, stop) as scheduler,
    ):
        line.say(f"Pages  {address}")
        line.remark("The scheduler runs; stop with Ctrl-C.")
        scheduler.wait()
    line.app.database.close()
