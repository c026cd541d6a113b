"""`digest dkim`: make a signing key, and say what DNS needs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

if TYPE_CHECKING:
    from digest.render.dkim import DkimKey


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Sign mail with DKIM.", no_args_is_help=True)
    group.command(
        epilog=examples(
            "digest dkim keygen /etc/digest/d2026.pem --selector d2026",
            "digest dkim keygen /etc/digest/e2026.pem --selector e2026 --type ed25519",
        )
    )(keygen)
    group.command(epilog=examples("digest dkim record", "digest dkim record --json"))(record)
    app.add_typer(group, name="dkim")


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
        line.say(f"DIGEST_DKIM_KEY_FILE={file.absolute()}\nDIGEST_DKIM_SELECTOR={selector}")


def record(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print the DNS records of the configured keys; --json prints one object per line."""
    from digest.errors import NotFoundError

    line: CommandLine = context.obj
    if not line.app.identity.dkim_keys:
        raise NotFoundError("DIGEST_DKIM_KEY_FILE is not set.", hint="digest dkim keygen")
    _show(line, line.app.identity.dkim_keys, as_json=as_json)


def _show(line: CommandLine, keys: "list[DkimKey]", *, as_json: bool) -> None:
    from digest.operations import dkim_keys

    for key in keys:
        if as_json:
            name = f"{key.selector}._domainkey.{key.domain}"
            line.json({"name": name, "type": "TXT", "value": dkim_keys.record(key)})
        else:
            line.say(dkim_keys.zone_line(key))
