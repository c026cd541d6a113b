"""`digest subscribers renew-links`: end all links of one reader that are out."""

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers.arguments import Email


def register(group: typer.Typer) -> None:
    """Add the command to those about subscribers."""
    group.command("renew-links", epilog=examples("digest subscribers renew-links ann@example.org"))(
        renew_links
    )


def renew_links(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """End all links of a subscriber's emails, and the address of their feed.

    For a reader whose email somebody else has. No mail goes out; the next one has new links. Until
    then nothing but the command line and the API can change or end the subscription.
    """
    from digest.subscribers import links, subscriptions

    line: CommandLine = context.obj
    app = line.app
    found = subscriptions.find(app.database, email)
    links.renew(app.database, found.id, app.clock())
    if as_json:
        line.json({"email": found.address, "renewed": True})
    else:
        line.say(f"The former links of {found.address} have ended.")
