"""Sign in by an OpenID provider (OpenID Connect Core 1.0, section 3.1), through Authlib.

What a request is recognised by (state, nonce, code verifier) is derived from the challenge that the
browser's session keeps, so it is used once and needs no column of its own.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.accounts.store import accounts, sessions
from digest.errors import FetchError, InputError, SettingsError
from digest.ground.database.engine import Database
from digest.settings import Settings

_SECONDS = 10.0  # for each request to the provider
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY_SECONDS = 60  # clocks differ
_REFUSED = "The provider's answer was not accepted. Please sign in again."


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """A provider. issuer: its address. back: where it leads people afterwards."""

    issuer: str
    client_id: str
    client_secret: str
    back: str

    @property
    def name(self) -> str:
        """What the sign-in page calls it."""
        return self.issuer.partition("://")[2].partition("/")[0]

    def way_out(self, challenge: bytes) -> str:
        """Return where a browser is led to sign in; FetchError when the provider is silent."""
        endpoint = _endpoint(self._description(), "authorization_endpoint")
        url, _ = self._client().create_authorization_url(
            endpoint,
            state=_derived(challenge, "state"),
            nonce=_derived(challenge, "nonce"),
            code_verifier=_derived(challenge, "verifier"),
        )
        return str(url)

    def address(self, challenge: bytes, state: str, code: str, now: datetime) -> str:
        """Return the verified address of who came back; InputError, FetchError."""
        if state != _derived(challenge, "state"):
            raise InputError(_REFUSED)
        described = self._description()
        token = self._token(described, challenge, code)
        return self._claims(described, token, challenge, now)

    def _token(self, described: dict[str, Any], challenge: bytes, code: str) -> str:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            answer = self._client().fetch_token(
                _endpoint(described, "token_endpoint"),
                code=code,
                code_verifier=_derived(challenge, "verifier"),
                timeout=_SECONDS,
            )
        except RequestException as exc:
            raise _silent(self.issuer, exc) from exc
        except (AuthlibBaseError, ValueError) as exc:
            raise InputError(_REFUSED) from exc
        return str(answer.get("id_token", ""))

    def _claims(
        self, described: dict[str, Any], token: str, challenge: bytes, now: datetime
    ) -> str:
        """Return the address of an ID token that is for us, and fresh (Core, section 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        keys = _get(self.issuer, _endpoint(described, "jwks_uri"))
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": described["issuer"]},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": _derived(challenge, "nonce")},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            registry.validate(claims)
        except (JoseError, ValueError, KeyError) as exc:
            raise InputError(_REFUSED) from exc
        if claims.get("email_verified") is not True or not claims.get("email"):
            raise InputError("The provider has not verified your address.")
        return _usable(str(claims["email"]))

    def _description(self) -> dict[str, Any]:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        described = _get(self.issuer, address)
        if str(described.get("issuer")).rstrip("/") != self.issuer.rstrip("/"):
            raise SettingsError(
                f"DIGEST_OPENID_ISSUER: the provider calls itself {described.get('issuer')!r}."
            )
        return described

    def _client(self) -> Any:
        try:
            from authlib.integrations.requests_client import OAuth2Session
        except ModuleNotFoundError:
            raise SettingsError(
                "DIGEST_OPENID_ISSUER is set, and Authlib is not installed.",
                hint="pip install 'digest[oidc]'",
            ) from None
        session = OAuth2Session(
            self.client_id,
            self.client_secret,
            scope="openid email",
            redirect_uri=self.back,
            code_challenge_method="S256",
        )
        session.trust_env = False
        return session


def provider_of(settings: Settings) -> OpenIdProvider | None:
    """Return the provider that the settings name; None for none."""
    if not settings.openid_issuer:
        return None
    secret = settings.openid_client_secret
    return OpenIdProvider(
        settings.openid_issuer,
        settings.openid_client_id,
        secret.get_secret_value() if secret else "",
        f"{settings.base_url}/admin/openid/back",
    )


def spend(database: Database, session_id: int) -> bytes:
    """Return the challenge of a session, once; InputError when there is none."""
    with database.write() as session:
        challenge = sessions.take_challenge(session, session_id)
    if challenge is None:
        raise InputError(_REFUSED)
    return challenge


def account_of(database: Database, address: str) -> int:
    """Return the account of an address that a provider has verified; InputError without one."""
    with database.read() as session:
        found = accounts.by_address(session, address)
    if found is None:
        raise InputError("There is no account of your address here. Ask an owner for one.")
    return found.id


def _usable(address: str) -> str:
    """Return an address in lower case; InputError unless it is ASCII.

    Others become the address of somebody else: the Kelvin sign is a k in lower case.
    """
    if not address.isascii():
        raise InputError("The provider's address of you is not in ASCII: no account here has one.")
    return address.lower()


def _derived(challenge: bytes, purpose: str) -> str:
    return hashlib.sha256(challenge + purpose.encode()).hexdigest()


def _endpoint(described: dict[str, Any], name: str) -> str:
    found = described.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://127.0.0.1:")):
        raise FetchError(f"The OpenID provider names no {name} that can be used.")
    return found


def _get(issuer: str, address: str) -> dict[str, Any]:
    from requests import RequestException, Session

    try:
        with Session() as session:
            session.trust_env = False
            answer = session.get(address, timeout=_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
    except RequestException as exc:
        raise _silent(issuer, exc) from exc
    if not isinstance(found, dict):
        raise FetchError(f"{issuer} answered something else than was asked for.")
    return found


def _silent(issuer: str, exc: Exception) -> FetchError:
    return FetchError(f"The OpenID provider {issuer} does not answer: {type(exc).__name__}.")
