"""A service that tells a web server on loopback what happens."""

import json

import pytest

from digest.delivery.store import ledger
from digest.sources.http.addresses import anywhere
from digest.webhooks.delivering import WebhookDelivery
from digest.webhooks.posting import Poster, PostLimits
from digest.webhooks.rules.news import MEANINGS
from digest.webhooks.webhooks import Webhooks
from tests.sources.http.servers import WebServer, answer

QUICK = PostLimits(connect_seconds=1, total_seconds=1)


@pytest.fixture
def receiver():
    """A web server that takes every message at /in; `told` are their payloads."""
    with WebServer() as server:
        server.pages["/in"] = answer(b"thanks")
        yield server


@pytest.fixture
def told(receiver):
    def read():
        return [json.loads(one.body) for one in receiver.asked]

    return read


@pytest.fixture
def hooks(app):
    poster = Poster("digest/test", QUICK, allowed=anywhere)
    return Webhooks(app.database, poster, True, app.clock)


@pytest.fixture
def delivery(app, hooks):
    return WebhookDelivery(app.database, hooks.poster, ledger.states, app.clock)


@pytest.fixture
def hook(hooks, receiver):
    """A webhook that is told everything: its number, and its secret."""
    made, secret = hooks.add(receiver.url("/in"), MEANINGS, with_addresses=False)
    return made.id, secret


@pytest.fixture
def number(hook):
    return hook[0]
