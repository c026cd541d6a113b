"""Who may be mailed through what: real people only by settings that are fit for them."""

import pytest

from digest.app import build_app
from digest.devtools.sink.sink import Sink
from digest.errors import SettingsError
from digest.setting_needs import lacking_for_real
from digest.settings import load_settings
from tests.smtp.scripted_server import ScriptedServer

FIT = {
    "sender": "Papers <digest@papers.eu>",
    "postal_address": "1 Street, Town",
    "base_url": "https://papers.eu",
}


@pytest.fixture
def service(sqlite_url):
    made = []

    def make(url, **settings):
        given = {"database_url": sqlite_url, "secret_key": "a key for the tests only"}
        made.append(build_app(load_settings(smtp_url=url, **given, **settings)))
        return made[-1]

    yield make
    for app in made:
        app.close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, ""),
        ({"sender": ""}, "DIGEST_SENDER"),
        ({"sender": "digest@digest.localhost"}, "DIGEST_SENDER"),
        ({"sender": "Papers <digest@EXAMPLE.org>"}, "DIGEST_SENDER"),
        ({"postal_address": ""}, "DIGEST_POSTAL_ADDRESS"),
        ({"base_url": "http://papers.eu"}, "DIGEST_BASE_URL"),
        ({"base_url": "https://127.0.0.1"}, "DIGEST_BASE_URL"),
        ({"base_url": "https://papers.example"}, "DIGEST_BASE_URL"),
    ],
)
def test_what_mail_to_real_people_lacks_is_named(change, named):
    found = lacking_for_real(load_settings(**{**FIT, **change}))
    assert [line.partition(":")[0] for line in found] == ([named] if named else [])


def test_a_server_on_this_machine_that_is_not_the_sink_takes_nothing_without_these_settings(
    service,
):
    with ScriptedServer() as relay:
        unfit = service(f"smtp://127.0.0.1:{relay.port}")
        with pytest.raises(SettingsError, match="is not the built-in sink") as caught:
            unfit.smtp.check_for_real()
        assert f"127.0.0.1:{relay.port}" in str(caught.value)
        with pytest.raises(SettingsError, match="DIGEST_SENDER"), unfit.smtp.pool():
            pass
        fit = service(f"smtp://127.0.0.1:{relay.port}", **FIT)
        fit.smtp.check_for_real()
        with fit.smtp.pool():
            assert not fit.smtp.is_trial


def test_the_sink_says_what_it_is_and_takes_mail_of_a_trial(service):
    with Sink() as sink:
        trial = service(sink.url)
        trial.smtp.check_for_real()
        with trial.smtp.pool():
            assert trial.smtp.is_trial


def test_what_is_not_there_yet_may_be_the_sink_but_only_on_this_machine(service):
    service("smtp://127.0.0.1:1").smtp.check_for_real()
    elsewhere = service("smtp://mail.invalid")
    with pytest.raises(SettingsError, match="DIGEST_POSTAL_ADDRESS"):
        elsewhere.smtp.check_for_real(ask=False)


def test_each_of_several_servers_is_asked(service):
    with Sink() as sink, ScriptedServer() as relay:
        both = service(f"{sink.url} smtp://127.0.0.1:{relay.port}?weight=0")
        with pytest.raises(SettingsError, match=str(relay.port)):
            both.smtp.check_for_real()
