"""`digest test-mail`: one mail to one address, to see whether mail gets through."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test-mail", epilog=examples("digest test-mail you@example.org"))(send_test)


def send_test(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Where to send it; need not be a subscriber.")],
    language: Annotated[str, typer.Option(help="The language of the mail, such as de.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Send one mail to one address, to see whether mail gets through and how it looks.

    Exit code 1 when no mail server accepted it; the log says why.
    """
    from digest.render.transactional import Recipient
    from digest.subscribers.rules.addresses import normalise

    line: CommandLine = context.obj
    service = line.make_app()
    service.smtp.check_for_real()
    relays = ", ".join(f"{url.host}:{url.port}" for url in service.smtp.urls)
    recipient = Recipient(normalise(email), language=language)
    is_sent = service.transactional.mails.test(recipient, relays)
    if as_json:
        line.json({"email": recipient.address, "relays": relays, "sent": is_sent})
    elif is_sent:
        line.say(f"Sent through {relays}. Look at its Authentication-Results header.")
    else:
        line.remark("The mail server did not accept it.")
    raise typer.Exit(0 if is_sent else 1)
