"""A machine with another key, sender or base URL is refused by name; what may change is said."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.app import build_app
from digest.errors import SettingsError
from digest.settings import load_settings
from digest.workers import local
from tests.factories import DAY

OLD, NEW = "a key for the tests only", "another key for the tests"
REAL = {
    "sender": "Papers <digest@papers.university.edu>",
    "postal_address": "1 Main Street",
    "base_url": "https://papers.university.edu",
}


@pytest.fixture
def machine(app, clock):
    """Return another machine of the same installation, with some settings of its own."""
    app.installation.check()
    made = []

    def make(**settings):
        values = vars(app.settings) | settings
        made.append(build_app(load_settings(**values), clock=clock, files=app.files))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"secret_key": NEW}, "DIGEST_SECRET_KEY"),
        ({"base_url": "http://127.0.0.1:9000"}, "DIGEST_BASE_URL"),
        ({"sender": "Other <other@digest.localhost>"}, "DIGEST_SENDER, DIGEST_BOUNCE_ADDRESS"),
        ({"bounce_address": "back@digest.localhost"}, "DIGEST_BOUNCE_ADDRESS"),
        ({"unsubscribe_address": "out@digest.localhost"}, "DIGEST_UNSUBSCRIBE_ADDRESS"),
    ],
)
def test_a_stranger_is_refused_with_the_names_of_what_differs(machine, settings, names):
    stranger = machine(**settings)
    for _ in range(2):
        with pytest.raises(SettingsError, match=f"another {names} than") as refused:
            local.send(stranger, DAY)
        assert not any(value in str(refused.value) for value in settings.values())
    assert stranger.installation.strange() == names


def test_a_stranger_sends_nothing_by_the_scheduler_either(machine):
    with pytest.raises(SettingsError):
        local.dispatch(machine(secret_key=NEW), stop=lambda: False)


def test_settings_that_are_accepted_make_a_stranger_of_the_others(app, machine):
    stranger = machine(base_url="http://127.0.0.1:9000")
    stranger.installation.accept_settings()
    stranger.installation.check()
    with pytest.raises(SettingsError, match="DIGEST_BASE_URL"):
        app.installation.check()


def test_a_new_key_before_the_old_one_is_a_rotation(app, machine):
    machine(secret_key=f"{OLD},{NEW}").installation.check()
    rotated = machine(secret_key=f"{NEW},{OLD}")
    rotated.installation.check()
    with pytest.raises(SettingsError, match="DIGEST_SECRET_KEY"):  # it cannot read the new links
        app.installation.check()
    machine(secret_key=NEW).installation.check()


def test_settings_of_a_trial_give_way_to_those_for_real_readers(app, machine):
    real = machine(**REAL)
    assert not real.smtp.is_trial
    real.installation.check()
    with pytest.raises(SettingsError, match="DIGEST_BASE_URL"):
        app.installation.check()


def test_a_retry_after_a_changed_setting_says_so(app, machine, sink, subscribe, clock):
    subscribe("ann")
    assert local.send(app, DAY).remark == ""
    clock.now += timedelta(minutes=5)
    changed = machine(name="The other name")
    changed.installation.check()
    assert "DIGEST_NAME" in local.send(changed, DAY).remark


def test_an_older_program_says_that_the_database_is_newer(app, machine):
    with app.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    older = machine()
    with pytest.raises(SettingsError, match=r"newer \(schema 9999\)") as refused:
        older.init()
    assert refused.value.exit_code == 2
    with pytest.raises(SettingsError) as refused:
        _ = older.database
    assert "digest init" not in refused.value.hint
