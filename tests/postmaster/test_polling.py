"""Gmail is asked over HTTP with either kind of credentials, and its verdicts are kept."""

import json
from datetime import timedelta

import pytest

from digest.errors import FetchError, InputError, SettingsError
from digest.postmaster.credentials import SCOPE, load
from digest.postmaster.polling import Postmaster
from digest.postmaster.rules.compliance import State, read_compliance
from digest.postmaster.store import verdicts
from tests.factories import NOON
from tests.postmaster.google import compliance, row, running, verdict


@pytest.fixture
def google():
    with running() as google:
        yield google


@pytest.fixture
def poll(database, google, tmp_path, clock):
    def poll(credentials=None):
        file = tmp_path / "postmaster.json"
        file.write_text(json.dumps(credentials or google.service_account()))
        return Postmaster(database, file, "example.org", clock, google.address).poll()

    return poll


def kept(database):
    with database.read() as session:
        return {one.requirement: one for one in verdicts.all_of(session)}


def test_a_service_account_asks_with_an_assertion_that_it_signs(poll, google, database):
    google.answer = compliance(
        [row("SPF"), row("USER_REPORTED_SPAM_RATE", "NEEDS_WORK")],
        honorUnsubscribeVerdict=verdict("NEEDS_WORK", "NOT_HONORING"),
        oneClickUnsubscribeVerdict=verdict(),
    )
    poll()
    assert google.asked == ["/v2/domains/example.org/complianceStatus"]
    assert google.claims == {
        "iss": "digest@project.iam.gserviceaccount.com",
        "scope": SCOPE,
        "aud": f"{google.address}/token",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 600,
    }
    found = {name: (one.state.value, one.reason) for name, one in kept(database).items()}
    assert found == {
        "SPF": ("compliant", ""),
        "USER_REPORTED_SPAM_RATE": ("needs_work", ""),
        "HONOR_UNSUBSCRIBE": ("needs_work", "NOT_HONORING"),
        "ONE_CLICK_UNSUBSCRIBE": ("compliant", ""),
    }


def test_a_user_asks_with_a_refresh_token(poll, google, database):
    poll(google.user())
    assert list(kept(database)) == ["SPF"]
    with pytest.raises(FetchError, match="invalid_grant"):
        poll({**google.user(), "refresh_token": "another"})


def test_a_state_that_lasts_keeps_its_beginning(poll, google, database, clock):
    poll()
    clock.now += timedelta(hours=12)
    poll()
    spf = kept(database)["SPF"]
    assert (spf.since, spf.at) == (NOON, NOON + timedelta(hours=12))
    google.answer = compliance([row("SPF", "NEEDS_WORK"), row("DKIM")])
    clock.now += timedelta(hours=12)
    poll()
    assert kept(database)["SPF"].since == NOON + timedelta(hours=24)
    assert kept(database)["DKIM"].state is State.COMPLIANT


@pytest.mark.parametrize(
    ("status", "answer", "error", "words"),
    [
        (
            403,
            {"error": {"message": "The caller does not have permission"}},
            FetchError,
            "403: The",
        ),
        (503, b"", FetchError, "503"),
        (200, b"no JSON", InputError, "not JSON"),
        (200, [], InputError, "no compliance status"),
        (200, b"{" * 2_000_000, FetchError, "too long"),
    ],
)
def test_what_goes_wrong_is_said_and_the_verdicts_of_before_stay(
    poll, google, database, status, answer, error, words
):
    poll()
    google.status, google.answer = status, answer
    with pytest.raises(error, match=words):
        poll()
    assert list(kept(database)) == ["SPF"]


def test_a_server_that_is_not_there_is_named(database, google, tmp_path, clock):
    file = tmp_path / "postmaster.json"
    file.write_text(json.dumps(google.service_account()))
    with pytest.raises(FetchError, match="cannot be reached"):
        Postmaster(database, file, "example.org", clock, "http://127.0.0.1:9").poll()


def test_nothing_is_asked_without_credentials(database, google, clock):
    with pytest.raises(SettingsError, match="POSTMASTER_CREDENTIALS"):
        Postmaster(database, None, "example.org", clock, google.address).poll()
    assert google.asked == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "holds no credentials"),
        ("{}", "neither"),
        ('{"type": "service_account", "client_email": "a"}', "lacks private_key"),
        (
            '{"type": "authorized_user", "client_id": "a", "client_secret": "b", '
            '"refresh_token": "c", "token_uri": "http://example.org/token"}',
            "no https",
        ),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_words(tmp_path, text, words):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load(file)
    with pytest.raises(SettingsError, match="No such file"):
        load(tmp_path / "none")


def test_a_key_that_is_none_is_refused(poll, google):
    with pytest.raises(SettingsError, match="no RSA key"):
        poll({**google.service_account(), "private_key": "no key"})


def test_the_verdicts_on_a_subdomain_count_where_there_are_any():
    answer = compliance([row("SPF"), row("DKIM", "NEEDS_WORK")])
    below = {"domainId": "news.example.org", "rowData": [row("SPF", "NEEDS_WORK")]}
    found = read_compliance(json.dumps({**answer, "subdomainComplianceData": below}).encode())
    assert {one.requirement: one.state.value for one in found} == {
        "SPF": "needs_work",
        "DKIM": "needs_work",
    }


def test_odd_answers_say_nothing():
    rows = [None, {}, {"requirement": 5}, row("SPF", "STATE_UNSPECIFIED"), row("<b>")]
    (spf,) = read_compliance(json.dumps(compliance(rows)).encode())
    assert spf.state is State.UNKNOWN
    assert read_compliance(b'{"name": "x", "complianceData": {"rowData": {}}}') == []
