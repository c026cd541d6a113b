"""The hooks of mail services, by the settings."""

from digest import __version__
from digest.app.clocks import Clock
from digest.app.incoming.bounces import bounce_rules
from digest.bounces.hooks import Fetch, Hooks, HookSecrets
from digest.errors import LinkError
from digest.ground.database.engine import Database
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.return_paths import read_return_path
from digest.setting_values import SecretStr
from digest.settings import Settings
from digest.subscribers.links import bindings


def build(
    settings: Settings, database: Database, clock: Clock, fetch: Fetch | None = None
) -> Hooks:
    """Return what takes their requests. fetch: gets a certificate of Amazon's; left out, by TLS."""
    keys, whose = settings.keys, bindings(database)

    def identify(address: str) -> Claim | None:
        try:
            return read_return_path(keys, address, whose)
        except LinkError:
            return None

    secrets = HookSecrets(
        ses=settings.hook_ses_topic,
        postmark=_shown(settings.hook_postmark_secret),
        mailgun=_shown(settings.hook_mailgun_key),
        sendgrid=settings.hook_sendgrid_key,
        brevo=_shown(settings.hook_brevo_secret),
    )
    rules = bounce_rules(settings)
    return Hooks(database, secrets, rules, identify, fetch or _fetch_of(settings), clock)


def _fetch_of(settings: Settings) -> Fetch:
    """Return what gets a small file from a public address, without a redirect."""

    def fetch(url: str) -> bytes:
        from digest.sources.http.fetcher import Fetcher, Limits

        limits = Limits(5, 10, 20, most_bytes=100_000, tries=1, redirects=0)
        answer = Fetcher(f"digest/{__version__} (+{settings.base_url})", limits).get(url)
        return answer.body or b""

    return fetch


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
