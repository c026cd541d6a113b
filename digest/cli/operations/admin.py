"""`digest admin`: the accounts of the console."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.model import Role

if TYPE_CHECKING:
    from digest.accounts.store.accounts import Account

group = typer.Typer(
    no_args_is_help=True, help="Add and look after the accounts of the console under /admin."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="admin")


Address = Annotated[str, typer.Argument(help="The email address of the account.")]
RoleOption = Annotated[
    Role, typer.Option(help="What it may do: look, decide what goes out, or everything.")
]


@group.command(
    epilog=examples(
        "digest admin add ann@example.org", "digest admin add bob@example.org --role editor --mail"
    )
)
def add(
    context: typer.Context,
    address: Address,
    role: RoleOption = Role.OWNER,
    mail: Annotated[
        bool, typer.Option("--mail", help="Mail the link to them instead of printing it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add an account, and print the link that sets it up: once, within three days."""
    from digest.accounts import accounts
    from digest.accounts.audit import COMMAND_LINE, audited

    line: CommandLine = context.obj
    app = line.app
    asked = {"role": role.value}
    with audited(app.database, COMMAND_LINE, "account.add", "accounts", app.clock, asked) as note:
        account = accounts.add(app.database, address, role, app.clock())
        note.after = {"account": account.id, "address": account.address, "role": role.value}
    _hand_on(line, account, mail=mail, as_json=as_json)


@group.command("list", epilog=examples("digest admin list --json"))
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the accounts; --json prints an object per line."""
    from digest.accounts import accounts

    line: CommandLine = context.obj
    table = line.table("", "address", "role", "second factor", "signed in last")
    for one in accounts.list_all(line.app.database):
        factors = ["authenticator"] * one.has_code + ["passkey"] * one.passkeys
        seen = one.seen_at.isoformat() if one.seen_at else None
        if as_json:
            line.json(
                {
                    "address": one.address,
                    "role": one.role.value,
                    "factors": factors,
                    "seen_at": seen,
                }
            )
        else:
            table.add_row(
                one.address, one.role.value, ", ".join(factors) or "none yet", seen or "never"
            )
    if not as_json:
        line.show(table)


@group.command(epilog=examples("digest admin role bob@example.org editor"))
def role(
    context: typer.Context,
    address: Address,
    role: Annotated[Role, typer.Argument(help="viewer, editor or owner.")],
    as_json: JsonOption = False,
) -> None:
    """Give an account another role. Exit code 4 when there is no such account."""
    from digest.accounts import accounts

    line: CommandLine = context.obj
    found = accounts.find(line.app.database, address)
    with _audited(line, "account.role", found, {"role": role.value}) as note:
        note.before = {"role": found.role.value}
        accounts.set_role(line.app.database, found.id, role)
        note.after = {"role": role.value}
    _say(line, as_json, f"{found.address} is {role.value} now.", found, role=role.value)


@group.command(epilog=examples("digest admin reset ann@example.org"))
def reset(
    context: typer.Context,
    address: Address,
    mail: Annotated[
        bool, typer.Option("--mail", help="Mail the link to them instead of printing it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take password and second factor away, and print a link that sets them anew."""
    from digest.accounts import accounts

    line: CommandLine = context.obj
    found = accounts.find(line.app.database, address)
    with _audited(line, "account.reset", found):
        renewed = accounts.reset(line.app.database, found.id)
    _hand_on(line, renewed, mail=mail, as_json=as_json)


@group.command("sign-out", epilog=examples("digest admin sign-out ann@example.org"))
def sign_out(context: typer.Context, address: Address, as_json: JsonOption = False) -> None:
    """End all sessions of an account."""
    from digest.accounts import accounts

    line: CommandLine = context.obj
    found = accounts.find(line.app.database, address)
    with _audited(line, "account.sign-out", found) as note:
        ended = accounts.end_sessions(line.app.database, found.id)
        note.after = {"sessions ended": ended}
    words = f"{ended} session{'' if ended == 1 else 's'} of {found.address} ended."
    _say(line, as_json, words, found, ended=ended)


@group.command(epilog=examples("digest admin remove bob@example.org"))
def remove(context: typer.Context, address: Address, as_json: JsonOption = False) -> None:
    """Delete an account at once. Without any account there is no console."""
    from digest.accounts import accounts

    line: CommandLine = context.obj
    found = accounts.find(line.app.database, address)
    with _audited(line, "account.remove", found) as note:
        note.before = {"role": found.role.value}
        accounts.remove(line.app.database, found.id)
    _say(line, as_json, f"{found.address} is removed.", found, removed=True)


def _audited(
    line: CommandLine, action: str, account: "Account", asked: dict[str, Any] | None = None
) -> Any:
    from digest.accounts.audit import COMMAND_LINE, audited

    app, subject = line.app, f"account {account.id}"
    return audited(app.database, COMMAND_LINE, action, subject, app.clock, asked)


def _hand_on(line: CommandLine, account: "Account", *, mail: bool, as_json: bool) -> None:
    """Print the link that sets an account up, or mail it."""
    from digest.accounts import links

    app = line.app
    if mail:
        links.invite_by_mail(app.database, account, app.clock())
        words = f"A mail to {account.address} waits in the outbox; `digest run` sends it."
        _say(line, as_json, words, account, mailed=True)
        return
    token = links.invite(app.database, app.identity.token_signer, account, app.clock())
    address = f"{app.settings.base_url}/admin/link/{token}"
    if as_json:
        line.json({"address": account.address, "role": account.role.value, "link": address})
        return
    line.say(address)
    line.remark("It works once, within three days; whoever opens it sets the account up.")


def _say(
    line: CommandLine, as_json: bool, words: str, account: "Account", **values: object
) -> None:
    if as_json:
        line.json({"address": account.address, **values})
    else:
        line.say(words)
