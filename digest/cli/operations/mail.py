"""`digest test-mail`, `digest lint`, `digest dkim`: whether mail is right and gets through."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digest.cli.command_line import (
    CommandLine,
    DateOption,
    JsonOption,
    TimeOption,
    examples,
    parse_time,
)
from digest.ground.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.render.dkim import DkimKey
    from digest.render.lint.finding import Finding


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("test-mail", epilog=examples("digest test-mail you@example.org"))(send_test)
    app.command(epilog=examples("digest lint", "digest lint --date 2026-11-21 --json"))(lint)
    group = typer.Typer(help="Sign mail with DKIM.", no_args_is_help=True)
    group.command(
        epilog=examples(
            "digest dkim keygen /etc/digest/d2026.pem --selector d2026",
            "digest dkim keygen /etc/digest/e2026.pem --selector e2026 --type ed25519",
        )
    )(keygen)
    group.command(epilog=examples("digest dkim record", "digest dkim record --json"))(record)
    group.command(epilog=examples("digest dkim ahead --at 2026-11-21T07:00+01:00"))(ahead)
    app.add_typer(group, name="dkim")


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
    from digest.subscribers import suppression
    from digest.subscribers.rules.addresses import normalise

    line: CommandLine = context.obj
    service = line.make_app()
    service.smtp.check_for_real()
    relays = ", ".join(f"{url.host}:{url.port}" for url in service.smtp.urls)
    recipient = Recipient(normalise(email), language=language)
    if suppression.is_suppressed(service.database, recipient.address):
        line.remark("This address is suppressed: no reader gets mail there. It is tried anyway.")
    is_sent = service.transactional.send_test(recipient, relays)
    if as_json:
        line.json({"email": recipient.address, "relays": relays, "sent": is_sent})
    elif is_sent:
        line.say(f"Sent through {relays}. Look at its Authentication-Results header.")
    else:
        line.remark("The mail server did not accept it.")
    raise typer.Exit(0 if is_sent else 1)


def lint(context: typer.Context, date: DateOption = None, as_json: JsonOption = False) -> None:
    """Check sample mails of an edition for mistakes, as `send` also does.

    An error blocks the edition; a warning does not. Exit code 1 when there is an error.
    """
    line: CommandLine = context.obj
    service = line.make_app(read_only=True)
    edition = service.editions.foresee(date)
    findings = service.checks.preflight(everything=True).check(edition.edition)
    if as_json:
        day = edition.edition.date.isoformat()
        line.json({"edition": day, "findings": [finding.to_json() for finding in findings]})
    else:
        show_findings(line, findings)
        if not findings:
            line.say(f"The edition of {edition.edition.date}: no problems found.")
    raise typer.Exit(1 if any(finding.level == "error" for finding in findings) else 0)


def show_findings(line: CommandLine, findings: "Sequence[Finding]") -> None:
    """Print findings, three lines each."""
    for finding in findings:
        style = "red" if finding.level == "error" else ""
        line.say(f"{finding.level}: {finding.what}", style=style)
        line.say(f"  where: {finding.where}")
        line.say(f"  fix:   {finding.fix}")


def keygen(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file for the private key.")],
    selector: Annotated[
        str, typer.Option(metavar="NAME", help="The key's name in DNS; a new one for each key.")
    ],
    kind: Annotated[
        Literal["rsa", "ed25519"],
        typer.Option("--type", help="RSA-2048, or Ed25519 as a second signature."),
    ] = "rsa",
    as_json: JsonOption = False,
) -> None:
    """Create a private key; print the DNS record to publish and the settings to make."""
    from digest.errors import SettingsError
    from digest.operations import dkim_keys
    from digest.render.dkim import DkimKey
    from digest.setting_kinds import is_dns_label

    line: CommandLine = context.obj
    settings = line.app.settings
    if not (settings.dkim_domain or settings.sender):
        raise SettingsError("The domain to sign for is not known.", hint="set DIGEST_SENDER first")
    if not is_dns_label(selector):
        raise typer.BadParameter(f"{selector!r} is not a DNS name such as d2026")
    key = DkimKey(line.app.identity.dkim_domain, selector, dkim_keys.make_key(file, kind))
    if not as_json:
        line.say(f"The private key is in {file}; only its owner may read it. Publish in DNS:")
    _show(line, [key], as_json=as_json)
    if not as_json:
        line.say("Once it is published, which may take an hour, set:")
        line.say(f"DIGEST_DKIM_KEY_FILE={file.absolute()}")
        line.say(f"DIGEST_DKIM_SELECTOR={selector}")


def record(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print the DNS records of the configured keys; --json prints one object per line."""
    from digest.errors import NotFoundError

    line: CommandLine = context.obj
    if not line.app.identity.dkim_keys:
        raise NotFoundError("DIGEST_DKIM_KEY_FILE is not set.", hint="digest dkim keygen")
    _show(line, line.app.identity.dkim_keys, as_json=as_json)


def ahead(
    context: typer.Context,
    at: Annotated[
        datetime,
        typer.Option("--at", parser=parse_time, metavar="TIME", help="When it will be sent."),
    ],
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the mails of an edition before `digest send` sends it at a given time.

    For sends that another program starts; the scheduler does it by itself, with
    DIGEST_SIGN_AHEAD_MINUTES. The send uses a signature only for the very bytes that it is for.
    """
    from digest.ground.signals import stopped_by_signal

    line: CommandLine = context.obj
    service = line.make_app(now=now)
    with stopped_by_signal(service.settings.drain_seconds) as stop:
        signed = service.delivery.sign_ahead(date, at, stop=stop.is_set)
    if as_json:
        line.json({"signed": signed})
    else:
        line.say(f"{counted(signed, 'mail')} signed.")
    if remark := service.delivery.remark_on_signed(date, at, signed):
        line.remark(remark)


def _show(line: CommandLine, keys: "list[DkimKey]", *, as_json: bool) -> None:
    from digest.operations import dkim_keys

    for key in keys:
        if as_json:
            name = f"{key.selector}._domainkey.{key.domain}"
            line.json({"name": name, "type": "TXT", "value": dkim_keys.record(key)})
        else:
            line.say(dkim_keys.zone_line(key))
