"""Schemathesis tries the API by its own description: what it says is what it does."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from digest.core.links import LinkSigner, Purpose
from digest.db.tables import SubscriberRow
from digest.services import keys
from digest.services.keys import Scope
from digest.web.limits import Rate, Rates
from digest.web.site import make_site
from tests.factories import DAY, NOON

schemathesis = pytest.importorskip("schemathesis")
from schemathesis.config import SchemathesisConfig  # noqa: E402
from schemathesis.engine import events, from_schema  # noqa: E402

NAME = "Idempotency-Key"
NO_LIMIT = Rate(burst=1_000_000, seconds_each=0.001)
READER = 70_707  # an id that is not hit upon, so that the token's reader lives to the end

# A well-formed value that means nothing is a 422, as a wrong one is, where no JSON schema can tell
# them apart: a phrase of stop words, a time zone that does not exist, an address that no mail
# server takes, a text that is no dump and no CSV file.
MEANINGS = (
    "POST /api/v1/subscribers",
    "POST /api/v1/imports",
    "POST /api/v1/dumps",
    "PUT /api/v1/preferences",
    "PUT /api/v1/subscribers/{id}/preferences",
)
ACCEPTED = ["2xx", "401", "403", "404", "409", "422"]


@schemathesis.hook("before_call")
def name_each_request(_context, case, _arguments):
    """A name that was used for another request is a 422; no schema can say that either."""
    if NAME in (case.headers or {}) and case.meta.generation.mode.is_positive:
        case.headers[NAME] = str(uuid4())


@pytest.fixture
def pages(app, subscribe):
    """A service with two readers, an open edition and mails planned, without limits."""
    app.edition(DAY)
    subscribe("ann", "bob")
    with app.database.write() as session:
        moved = update(SubscriberRow).where(SubscriberRow.address == "ann@example.org")
        session.execute(moved.values(id=READER))
    rates = Rates(*[NO_LIMIT] * 5)
    return make_site(app, rates)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_schemathesis_finds_nothing(app, pages):
    secret = keys.add(app.database, "fuzz", list(Scope), NOON)
    token = LinkSigner(app.settings.keys).token(Purpose.PREFERENCES, READER)
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20261119,
            "max-time": 60,
            "continue-on-failure": True,
            "generation": {"max-examples": 5, "database": "none", "deterministic": True},
            "auth": {"openapi": {"ApiKey": {"bearer": secret}, "PreferencesToken": {"bearer": token}}},
            "phases": {"stateful": {"max-steps": 4}},
            "operations": [
                {
                    "include-name": list(MEANINGS),
                    "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
                }
            ],
        }
    )
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", pages, config=config)
    import collections; seen=collections.Counter()
    found, tried, times = [], 0, {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event.value if hasattr(event, "value") else event.exception))
        if isinstance(event, events.ScenarioFinished):
            times[event.phase] = times.get(event.phase,0)+event.elapsed_time
            tried += len(event.recorder.interactions)
            for i in event.recorder.interactions.values(): seen[(event.recorder.label if event.phase.value!='stateful' else 'S', i.response and i.response.status_code)]+=1
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info
                        found.append(f"{failure.failure.operation}: {failure.failure}\n{failure.code_sample}")
    import collections; print(tried, times)
    for k,v in {f.split('curl')[0]: f for f in found}.items(): print(v, '\n----')
    print(len(found)); print('\n'.join(map(str,sorted(seen.items(),key=str))))
    assert not found
    assert tried > 500
