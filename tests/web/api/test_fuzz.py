"""Schemathesis tries the API by its own description: what it says is what it does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.app import build_app
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.settings import load_settings
from digest.subscribers.store import subscribers
from digest.web.limits import Rate, Rates
from digest.web.pages import make_site
from tests.factories import DAY, NOON

schemathesis = pytest.importorskip("schemathesis")
from schemathesis.config import SchemathesisConfig  # noqa: E402 -- only when it is there
from schemathesis.engine import events, from_schema  # noqa: E402

NAME = "Idempotency-Key"
NO_LIMIT = Rate(burst=1_000_000, seconds_each=0.001)
EXAMPLES = 40  # an operation; with very few, some operation is never tried as it should be
READER = 70_707  # an id that is not hit upon, so that the token's reader lives to the end

# A well-formed value that means nothing is a 422, as a wrong one is, where no JSON schema can tell
# them apart: a phrase of stop words, a time zone that does not exist, an address that no mail
# server takes, a topic that no catalogue has, a text that is no dump and no CSV file. Every other
# check is as strict as it comes.
MEANINGS = (
    "GET /api/v1/subscribers",
    "POST /api/v1/subscribers",
    "POST /api/v1/suppressions",
    "POST /api/v1/suppressions/find",
    "POST /api/v1/suppressions/lift",
    "POST /api/v1/imports",
    "POST /api/v1/dumps",
    "PUT /api/v1/preferences",
    "PUT /api/v1/subscribers/{id}/preferences",
)
CANCELLED = DAY + timedelta(days=1)
WAITING = DAY + timedelta(days=2)
ACCEPTED = ["2xx", "401", "403", "404", "409", "422"]


@schemathesis.hook("before_call")
def name_each_request(_context, case, _arguments):
    """A name that was used for another request is a 422; no schema can say that either.

    Nor that a cancelled edition can neither be paused nor resumed: another one is cancelled. Nor
    that only one that waits can be approved.
    """
    if not case.meta.generation.mode.is_positive:
        return
    if NAME in (case.headers or {}):
        case.headers[NAME] = str(uuid4())
    if case.operation.label.endswith("/cancel"):
        case.path_parameters["day"] = CANCELLED.isoformat()
    if case.operation.label.endswith("/approve"):
        case.path_parameters["day"] = WAITING.isoformat()


@pytest.fixture
def pages(app, subscribe):
    """A service with two readers and an open edition, without limits."""
    careful = load_settings(**vars(app.settings) | {"approval": "required"})
    waiting = build_app(careful, clock=lambda: app.clock() + timedelta(days=1), files=app.files)
    waiting.editions.open(WAITING)
    waiting.database.close()
    app.editions.open(CANCELLED)
    app.editions.open(DAY)
    subscribe("ann", "bob")
    with app.database.write() as session:
        moved = update(SubscriberRow).where(SubscriberRow.address == "ann@example.org")
        session.execute(moved.values(id=READER))
    return make_site(app, Rates(*[NO_LIMIT] * 5))


@pytest.fixture
def config(app):
    secret = keys.add(app.database, "fuzz", list(Scope), NOON)
    with app.database.read() as session:
        nonce = subscribers.by_id(session, READER).nonce
    token = LinkSigner(app.settings.keys).token(Purpose.PREFERENCES, READER, nonce)
    secrets = {"ApiKey": {"bearer": secret}, "PreferencesToken": {"bearer": token}}
    accepted = {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}
    enough = {"max-examples": EXAMPLES}
    return SchemathesisConfig.from_dict(
        {
            "seed": 20261119,
            "continue-on-failure": True,
            "generation": {"database": "none", "deterministic": True},
            "phases": {
                "fuzzing": {"generation": enough},
                "stateful": {"generation": enough, "max-steps": 6},
            },
            "auth": {"openapi": secrets},
            "operations": [{"include-name": list(MEANINGS), "checks": accepted}],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_schemathesis_finds_nothing(pages, config):
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", pages, config=config)
    found, answered = [], set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.FatalError), event
        if isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value}")
        if isinstance(event, events.ScenarioFinished):
            found += failures(event.recorder)
            answered |= answers(event.recorder)
    assert not found, "\n\n".join(found)
    fine = {label for label, status in answered if status < 400}
    described = pages.openapi()["paths"].items()
    assert fine >= {f"{way.upper()} {path}" for path, ways in described for way in ways}


def failures(recorder) -> list[str]:
    return [
        f"{check.failure_info.failure.operation}: {check.failure_info.failure}\n"
        f"{check.failure_info.code_sample}"
        for checks in recorder.checks.values()
        for check in checks
        if check.failure_info is not None
    ]


def answers(recorder) -> set[tuple[str, int]]:
    """Which operations were answered with which status."""
    return {
        (recorder.cases[case_id].value.operation.label, interaction.response.status_code)
        for case_id, interaction in recorder.interactions.items()
        if interaction.response is not None
    }
