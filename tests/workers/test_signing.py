"""The process that signs ahead: started when somebody's mail is due soon, and not otherwise."""

from datetime import timedelta

import pytest

from digest.delivery import planning
from digest.operations.dkim_keys import make_key
from digest.scheduler.tasks import plan, sign
from tests.delivery.test_signing import twin
from tests.factories import DAY, NOON


@pytest.fixture
def signing(app, tmp_path):
    app.editions.open(DAY)
    make_key(tmp_path / "key.pem", "ed25519")
    return twin(
        app,
        dkim_key_file=str(tmp_path / "key.pem"),
        dkim_selector="e",
        sign_ahead_minutes=30,
    )


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_it_signs_what_is_due_soon_once(signing, clock, subscribe):
    subscribe("ann", "bob", timezone="UTC", hour="13")
    subscribe("later", timezone="UTC", hour="14")
    plan(signing)
    assert sign(signing, lambda: False) is None  # an hour before
    clock.now = NOON + timedelta(minutes=45)
    assert sign(signing, lambda: False) == {"edition": DAY.isoformat(), "signed": 2}
    assert sign(signing, lambda: False) is None
    assert planning.plan_edition(signing.database, DAY, now=clock.now)[0] == 3
    assert sign(signing, lambda: False) is None
