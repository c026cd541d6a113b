"""A console with accounts of every role, signed in or not."""

import re
from base64 import b32encode
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher

from digest.accounts import accounts, codes, signing_in
from digest.accounts.store import accounts as store
from digest.accounts.store.accounts import Account
from digest.app import App
from digest.model import Role, Stage
from tests.web.conftest import NO_AUTHORITIES

PASSWORD = "seven blue herons wading"
# As `passwords.choose` keeps it, but made in no time; how long it takes there is tried there.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
KEY = bytes(range(32))
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Hand(httpx.Client):
    """A browser of somebody who fills in forms; `post` sends the token of the session along."""

    token = ""

    def send_form(self, path: str, expect: int = 303, **fields: object) -> httpx.Response:
        """Send a form of a page below /admin."""
        answer = self.post(f"/admin{path}", data={"csrf": self.token, **fields})
        assert answer.status_code == expect, answer.text
        return answer

    def see(self, path: str, expect: int = 200) -> str:
        """Return a page below /admin, and keep its form token."""
        answer = self.get(f"/admin{path}")
        assert answer.status_code == expect, answer.text
        if found := CSRF.search(answer.text):
            self.token = found[1]
        return answer.text


def make_account(app: App, role: Role) -> Account:
    """Add an account that is set up: with a password and an authenticator."""
    account = accounts.add(app.database, f"{role.value}@example.org", role, app.clock())
    with app.database.write() as session:
        store.change(session, account.id, password_hash=HASHED)
    assert codes.set_up(app.database, account.id, KEY, code_at(app), app.clock())
    return accounts.get(app.database, account.id)


def code_at(app: App) -> str:
    """Return the code that an authenticator with KEY shows now."""
    return pyotp.TOTP(b32encode(KEY).decode().rstrip("=")).at(app.clock())


@pytest.fixture
def hand(site: str) -> Iterator[Hand]:
    """Somebody who is not signed in."""
    with Hand(base_url=site, verify=NO_AUTHORITIES, timeout=30) as client:
        yield client


@pytest.fixture
def signed_in(app: App, site: str):
    """Make browsers that are signed in, by role."""
    opened = []

    def make(role: Role = Role.OWNER) -> Hand:
        known = {each.address: each for each in accounts.list_all(app.database)}
        account = known.get(f"{role.value}@example.org") or make_account(app, role)
        secret = signing_in.begin(app.database, account.id, Stage.FULL, "a test", app.clock())
        client = Hand(base_url=site, verify=NO_AUTHORITIES, timeout=30)
        client.cookies.set("digest", secret)
        client.see("/more")
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()
