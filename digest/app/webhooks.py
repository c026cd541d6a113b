"""The webhooks, and the HTTP client that tells them."""

from digest import __version__
from digest.app.clocks import Clock
from digest.delivery.store import ledger
from digest.ground.database.engine import Database
from digest.settings import Settings
from digest.sources.http.addresses import anywhere, is_public
from digest.webhooks.delivering import WebhookDelivery
from digest.webhooks.posting import Poster
from digest.webhooks.webhooks import Webhooks


def build(settings: Settings, database: Database, clock: Clock) -> Webhooks:
    """Return what looks after the webhooks."""
    allows_private = settings.webhooks_allow_private
    poster = Poster(
        f"digest/{__version__} (+{settings.base_url})",
        allowed=anywhere if allows_private else is_public,
    )
    return Webhooks(database, poster, allows_private, clock)


def build_delivery(webhooks: Webhooks) -> WebhookDelivery:
    """Return what tells other systems what happens here."""
    return WebhookDelivery(webhooks.database, webhooks.poster, ledger.states, webhooks.clock)
