"""`digest intake`: read incoming mail from a mail server or a Maildir."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.intake.unsubscribe_mails import Receipt

# What a mail server makes of our exit code (sysexits.h): it delivers, returns, or tries again.
REFUSED, NO_SUCH_ADDRESS, TRY_AGAIN = 65, 67, 75
_PIECE_BYTES = 1 << 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples(
            'digest intake --recipient "$ORIGINAL_RECIPIENT" < message.eml',
            "digest intake --maildir /var/mail/digest",
        )
    )(intake)


def intake(
    context: typer.Context,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="The address it was delivered to; default: as its header says."
        ),
    ] = None,
    maildir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Read all new mail of this Maildir instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read one message: mail to an unsubscribe address ends a subscription, a reply is acted on.

    A mail server runs it for each message. Exit codes follow sysexits.h: 0 accepted, 65 not a mail
    or too large, 67 not one of our addresses, 75 try again later. With --maildir they are those of
    the other commands: 1 when something was not a mail, too large or not for us.
    """
    line: CommandLine = context.obj
    if maildir is not None:
        _drain(line, maildir, as_json=as_json)
        return
    try:
        receipt = _receive(line, _read(), recipient or [])
    except DigestError as exc:  # none of these is the sender's fault: let the server keep the mail
        _not_now(line, str(exc), as_json=as_json)
    except Exception as exc:  # nor is this; its text could end in a stranger's mailbox
        _not_now(line, f"an unexpected error, {type(exc).__name__}", as_json=as_json)
    if as_json:
        line.json({"fate": receipt.fate.value, "reason": receipt.reason})
    else:
        line.remark(receipt.reason)
    raise typer.Exit({"refused": REFUSED, "unknown": NO_SUCH_ADDRESS}.get(receipt.fate.value, 0))


def _not_now(line: CommandLine, why: str, *, as_json: bool) -> NoReturn:
    """Let the server keep the mail and try again."""
    line.remark(f"not now: {why}")
    if as_json:
        line.json({"error": why, "hint": "", "exit_code": TRY_AGAIN})
    raise typer.Exit(TRY_AGAIN) from None


def _drain(line: CommandLine, maildir: Path, *, as_json: bool) -> None:
    from digest.intake.unsubscribe_mails import Fate, drain

    def told(name: str, receipt: "Receipt") -> None:
        if receipt.fate in (Fate.UNKNOWN, Fate.REFUSED):
            line.remark(f"{name}: {receipt.reason}")

    counts = drain(maildir, lambda raw: _receive(line, raw, []), told)
    if as_json:
        line.json({fate.value: counts[fate] for fate in Fate})
    else:
        line.say(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate) + ".")
    raise typer.Exit(1 if counts[Fate.UNKNOWN] or counts[Fate.REFUSED] else 0)


def _receive(line: CommandLine, raw: bytes, recipients: list[str]) -> "Receipt":
    from digest.ground.tokens.links import LinkSigner
    from digest.intake.unsubscribe_mails import receive

    app = line.app
    if receipt := app.replies.receive(raw, recipients):
        return receipt
    return receive(
        app.database,
        LinkSigner(app.settings.keys),
        raw,
        recipients=recipients,
        now=app.clock(),
        goodbye=app.transactional.mails.goodbye,
    )


def _read() -> bytes:
    """Read standard input to its end, and keep what the intake can take and a byte more.

    The rest is read too: a mail server that cannot hand over all of it believes that we failed.
    """
    from digest.intake.incoming import LARGEST_BYTES

    kept = sys.stdin.buffer.read(LARGEST_BYTES + 1)
    while sys.stdin.buffer.read(_PIECE_BYTES):
        pass
    return kept
