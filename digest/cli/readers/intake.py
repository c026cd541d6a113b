"""`digest intake`: take the mail that comes in, and look at what came."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.readers import intake_mails
from digest.errors import DigestError, InputError
from digest.ground.signals import stopped_by_signal

if TYPE_CHECKING:
    from digest.ground.tokens.nonces import Binding
    from digest.intake.returned.reading import Returned
    from digest.intake.taking import Receipt

# What a mail server makes of our exit code (sysexits.h): it delivers, returns, or tries again.
REFUSED, NO_SUCH_ADDRESS, TRY_AGAIN = 65, 67, 75
_PIECE_BYTES = 1 << 20
_REPLY = "It answers a digest. `digest replies try` says what it would do."
group = typer.Typer(
    help="Take a mail that came in: a reply, one that leaves, a bounce, a complaint."
)
RecipientOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS", help="The address it was delivered to; default: as its header says."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    intake_mails.register(group)
    app.add_typer(
        group,
        name="intake",
        epilog=examples(
            'digest intake --recipient "$ORIGINAL_RECIPIENT" < message.eml',
            "digest intake --maildir /var/mail/digest",
            "digest intake check bounce.eml",
        ),
    )


@group.callback(invoke_without_command=True)
def intake(
    context: typer.Context,
    recipient: RecipientOption = None,
    maildir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Take all new mail of this Maildir instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take one message from standard input: a reply, one that leaves, a bounce or a complaint.

    A mail server runs it for each message. It is stored before the exit code says so. Exit codes
    follow sysexits.h: 0 accepted, 65 not a mail or too large, 67 not one of our addresses, 75 try
    again later. With --maildir they are those of the other commands: 1 when something was not a
    mail, too large, not for us or for a person.
    """
    line: CommandLine = context.obj
    if context.invoked_subcommand is not None:
        if recipient or maildir or as_json:
            raise typer.BadParameter(f"the options go behind `{context.invoked_subcommand}`")
        return
    if maildir is not None:
        _drain(line, maildir, as_json=as_json)
        return
    try:
        receipt = line.app.intake.intake.take(_read(), recipient or [])
    except DigestError as exc:  # none of these is the sender's fault: let the server keep the mail
        _not_now(line, str(exc), as_json=as_json)
    except Exception as exc:  # nor is this; its text could end in a stranger's mailbox
        _not_now(line, f"an unexpected error, {type(exc).__name__}", as_json=as_json)
    if as_json:
        line.json({"fate": receipt.fate.value, "reason": receipt.reason})
    else:
        line.remark(receipt.reason)
    raise typer.Exit({"refused": REFUSED, "forged": NO_SUCH_ADDRESS}.get(receipt.fate.value, 0))


@group.command(
    epilog=examples("digest intake check bounce.eml", "digest intake check *.eml --json")
)
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Mails, one a file.")],
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what mails are, and change nothing: the database is not even opened.

    With --json one object a line for each file. Exit code 1 when a file could not be read or is no
    mail.
    """
    line: CommandLine = context.obj
    failed = False
    for path in files:
        try:
            row = _judge(line, path, recipient or [])
        except (OSError, InputError) as exc:
            failed = True
            row = {"file": str(path), "error": getattr(exc, "strerror", None) or str(exc)}
        if as_json:
            line.json(row)
        else:
            for sentence in _sentences(row):
                line.say(sentence)
    raise typer.Exit(1 if failed else 0)


@group.command(epilog=examples("digest intake listen lmtp:127.0.0.1:2424"))
def listen(
    context: typer.Context,
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE",
            help="lmtp:HOST:PORT, smtp:HOST:PORT or lmtp:unix:PATH; default: the setting.",
        ),
    ] = "",
) -> None:
    """Take mail by LMTP or SMTP until SIGINT or SIGTERM; relay nothing.

    A mail is stored before it is accepted. `digest run` does this by itself where
    DIGEST_INTAKE_LISTEN is set.
    """
    line: CommandLine = context.obj
    ways = line.app.intake
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        ways.listening(place or line.app.settings.intake_listen) as where,
    ):
        line.say(f"Mail   {where}")
        stop.wait()


@group.command(epilog=examples("digest intake fetch"))
def fetch(context: typer.Context, as_json: JsonOption = False) -> None:
    """Take what is in the mailbox of DIGEST_INTAKE_IMAP_URL, once.

    `digest run` does this by itself, as mail comes. Exit code 5 when the server does not answer.
    """
    line: CommandLine = context.obj
    count = line.app.intake.fetch()
    if as_json:
        line.json({"taken": count})
    else:
        line.say(f"{count} taken.")


def _judge(line: CommandLine, path: Path, recipients: list[str]) -> dict[str, Any]:
    """Read a file as the intake would."""
    from digest.intake.incoming import LARGEST_BYTES, read_mail
    from digest.intake.returned.reading import read_return
    from digest.intake.tokens import identify_by, identify_reply_by, leaver
    from digest.subscribers.links import bindings

    app = line.app

    def whose(key: int) -> "Binding | None":
        return bindings(app.database)(key)  # opened for a mail that has a token

    identify = identify_by(app.identity.signer, app.settings.keys, whose)
    with path.open("rb") as file:
        raw = file.read(LARGEST_BYTES + 1)
    mail = read_mail(raw, recipients)
    answered = identify_reply_by(app.settings.keys, whose)(mail.addressed)
    returned = read_return(raw, () if answered else mail.addressed, identify)
    row = {"file": str(path), **_of_return(returned)}
    if returned.kind == "other" and answered:
        row |= {"kind": "reply", "subscriber": answered.subscriber_id, "why": _REPLY}
    elif returned.kind == "other" and not mail.automatic:
        subscriber_id = leaver(identify, mail.addressed)
        row |= {"kind": "unsubscribe", "subscriber": subscriber_id} if subscriber_id else {}
    return row


def _of_return(returned: "Returned") -> dict[str, Any]:
    from digest.intake.taking import describe

    feedback = [describe(each) | {"address": each.address} for each in returned.feedback]
    trusted = any(each.trusted for each in returned.feedback)
    return {
        "kind": returned.kind.value,
        "trusted": trusted,
        "why": returned.why,
        "feedback": feedback,
    }


def _sentences(row: dict[str, Any]) -> list[str]:
    if "error" in row:
        return [f"{row['file']}: {row['error']}"]
    told = [
        f"  {each['kind']} {each['status']} subscriber {each['subscriber'] or '-'}"
        f" {each['address'] or '-'}: {each['words']}"
        for each in row["feedback"]
    ]
    return [f"{row['file']}: {row['kind']}. {row['why']}", *told]


def _not_now(line: CommandLine, why: str, *, as_json: bool) -> NoReturn:
    """Let the server keep the mail and try again."""
    line.remark(f"not now: {why}")
    if as_json:
        line.json({"error": why, "hint": "", "exit_code": TRY_AGAIN})
    raise typer.Exit(TRY_AGAIN) from None


def _drain(line: CommandLine, maildir: Path, *, as_json: bool) -> None:
    from digest.ground.database.tables.intake import Fate
    from digest.intake.maildir import drain

    left = (Fate.KEPT, Fate.FORGED, Fate.REFUSED)

    def told(name: str, receipt: "Receipt") -> None:
        if receipt.fate in left:
            line.remark(f"{name}: {receipt.reason}")

    take = line.app.intake.intake.take
    counts = drain(maildir, lambda raw: take(raw, way="maildir"), told)
    if as_json:
        line.json({fate.value: counts[fate] for fate in Fate})
    else:
        line.say(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate) + ".")
    raise typer.Exit(1 if any(counts[fate] for fate in left) else 0)


def _read() -> bytes:
    """Read standard input to its end, and keep what the intake can take and a byte more.

    The rest is read too: a mail server that cannot hand over all of it believes that we failed.
    """
    from digest.intake.incoming import LARGEST_BYTES

    kept = sys.stdin.buffer.read(LARGEST_BYTES + 1)
    while sys.stdin.buffer.read(_PIECE_BYTES):
        pass
    return kept
