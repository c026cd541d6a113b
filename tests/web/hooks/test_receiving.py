"""Webhooks through the real server: genuine, forged, altered, replayed."""

import json
import logging
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, text

from digest.app.incoming import hooks as app_hooks
from digest.bounces import hooks as bounce_hooks
from digest.errors import FetchError
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.intake import HookTokenRow
from digest.model import SubscriberState
from digest.settings import load_settings
from digest.subscribers import subscriptions
from digest.web.hooks.receiving import LARGEST_BYTES
from digest.web.limits import Rate, Rates
from digest.web.pages import make_site
from tests.bounces.providers import requests
from tests.bounces.providers.requests import CERTIFICATE, SUBSCRIBE, TOPIC, basic, ses_bounce
from tests.factories import NOON
from tests.web.serving import serving

SECRET = "a secret of a service"
ANN = "ann@example.org"
BOUNCE = {"event": "bounce", "email": ANN, "reason": "550 5.1.1 unknown", "sg_event_id": "e1"}
FAILED = {"event": "failed", "severity": "permanent", "id": "m1", "recipient": ANN}


@pytest.fixture
def sns():
    return requests.Sns(NOON)


@pytest.fixture(scope="module")
def sendgrid():
    return requests.SendGrid()


@pytest.fixture
def secrets(sendgrid):
    return {
        "hook_ses_topic": TOPIC,
        "hook_postmark_secret": SECRET,
        "hook_mailgun_key": SECRET,
        "hook_sendgrid_key": sendgrid.public_key,
        "hook_brevo_secret": SECRET,
    }


@pytest.fixture
def post(app, subscribe, sns, secrets):
    """Post to a hook of a service with these secrets, as the only visitor."""
    subscribe("ann", "bob")
    settings = load_settings(**{**vars(app.settings), **secrets})
    hooks = app_hooks.build(settings, app.database, app.clock, sns.fetch)
    rates = Rates(hook_failure=Rate(burst=5, seconds_each=60))
    with (
        serving(make_site(app, rates, hooks=hooks)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):

        def send(service, body, headers=None):
            return client.post(f"/hooks/{service}", content=body, headers=headers).status_code

        yield send


@pytest.fixture
def rows(app):
    def count():
        with app.database.read() as session:
            return session.scalar(select(func.count()).select_from(FeedbackRow))

    return count


@pytest.fixture
def state(app):
    return lambda name="ann": subscriptions.find(app.database, f"{name}@example.org").state


def test_ses_suppresses_by_either_version_and_the_certificate_is_fetched_once(
    post, sns, rows, state
):
    bounce = ses_bounce(ANN, said="550 5.1.1 user unknown")
    assert post("ses", sns.body(bounce, version="1")) == 204
    assert state() is SubscriberState.SUPPRESSED
    assert post("ses", sns.body(bounce, version="2", Subject="again")) == 204
    assert (rows(), sns.fetched) == (1, [CERTIFICATE])


@pytest.mark.parametrize(
    "fields",
    [
        {"TopicArn": TOPIC.replace("digest", "other")},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-central-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com:8443/a.pem"},
        {"SigningCertURL": "https://x@sns.eu-central-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://sns.us-east-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://s3.eu-central-1.amazonaws.com/a.pem"},
        {"SignatureVersion": "3"},
        {"Timestamp": (NOON - timedelta(days=2)).isoformat()},
        {"Timestamp": (NOON + timedelta(hours=1)).isoformat()},
        {"Timestamp": "yesterday"},
    ],
    ids=str,
)
def test_ses_is_not_believed_elsewhere_and_nothing_is_fetched(post, sns, rows, fields):
    assert post("ses", sns.body(ses_bounce(ANN), **fields)) == 401
    assert (rows(), sns.fetched) == (0, [])


def test_ses_altered_or_signed_by_another_key_is_refused(post, sns, rows):
    body = sns.body(ses_bounce("bob@example.org"))
    assert post("ses", body.replace(b"bob@", b"ann@")) == 401
    assert post("ses", requests.Sns(NOON).body(ses_bounce(ANN))) == 401
    assert post("ses", sns.body(ses_bounce(ANN), version="1").replace(b'"1"', b'"2"')) == 401
    assert rows() == 0


def test_a_subscription_is_confirmed_for_the_topic_and_at_amazons_only(post, sns):
    confirm = {"kind": "SubscriptionConfirmation"}
    assert post("ses", sns.body("You have chosen to subscribe", **confirm)) == 204
    assert sns.fetched == [CERTIFICATE, SUBSCRIBE]
    elsewhere = {**confirm, "SubscribeURL": "https://evil.example/confirm"}
    assert post("ses", sns.body("You have chosen to subscribe", **elsewhere)) == 204
    other = {**confirm, "TopicArn": TOPIC.replace("digest", "other")}
    assert post("ses", sns.body("You have chosen to subscribe", **other)) == 401
    leaving = sns.body("You have left", kind="UnsubscribeConfirmation")
    assert post("ses", leaving) == 204
    assert sns.fetched == [CERTIFICATE, SUBSCRIBE]


def test_what_ses_writes_when_it_is_set_up_is_acknowledged(post, sns, rows):
    line = "Successfully validated SNS topic for Amazon SES event publishing."
    assert post("ses", sns.body(line)) == 204
    assert rows() == 0


def test_without_the_certificate_ses_is_asked_to_come_again(app, sns, secrets):
    def unreachable(url):
        raise FetchError(f"{url} cannot be reached", passing=True)

    settings = load_settings(**{**vars(app.settings), **secrets})
    hooks = app_hooks.build(settings, app.database, app.clock, unreachable)
    with serving(make_site(app, hooks=hooks)) as address:
        answer = httpx.post(f"{address}/hooks/ses", content=sns.body(ses_bounce(ANN)))
    assert answer.status_code == 503


def test_sendgrid_takes_a_batch_and_a_bad_event_costs_itself(post, sendgrid, rows, state):
    body = json.dumps([BOUNCE, {"event": 5}, {"event": "open", "email": ANN}]).encode()
    headers = sendgrid.headers(body, NOON)
    assert post("sendgrid", body, headers) == 204
    assert state() is SubscriberState.SUPPRESSED
    assert post("sendgrid", body, headers) == 204  # replayed: the same event counts once
    assert rows() == 1


def test_sendgrid_altered_unsigned_old_or_by_another_key_is_refused(post, sendgrid, rows):
    body = json.dumps([BOUNCE]).encode()
    headers = sendgrid.headers(body, NOON)
    assert post("sendgrid", body.replace(b"ann@", b"bob@"), headers) == 401
    assert post("sendgrid", body) == 401
    assert post("sendgrid", body, sendgrid.headers(body, NOON - timedelta(days=3))) == 401
    assert post("sendgrid", body, requests.SendGrid().headers(body, NOON)) == 401
    assert rows() == 0


def test_mailgun_takes_a_token_once_and_for_one_body(post, rows, state):
    body = requests.mailgun(FAILED, SECRET, NOON)
    assert post("mailgun", body) == 204
    assert state() is SubscriberState.SUPPRESSED
    assert post("mailgun", body) == 204  # the answer was lost
    assert post("mailgun", body.replace(b"ann@", b"bob@").replace(b"m1", b"m2")) == 401
    assert rows() == 1
    assert state("bob") is SubscriberState.ACTIVE


def test_mailgun_stale_or_by_another_key_is_refused(post, rows):
    assert post("mailgun", requests.mailgun(FAILED, SECRET, NOON - timedelta(minutes=16))) == 401
    assert post("mailgun", requests.mailgun(FAILED, SECRET, NOON + timedelta(minutes=16))) == 401
    assert post("mailgun", requests.mailgun(FAILED, "another key of theirs", NOON)) == 401
    assert rows() == 0


def test_tokens_are_forgotten_once_they_are_stale(post, app, clock):
    assert post("mailgun", requests.mailgun(FAILED, SECRET, NOON)) == 204
    for minutes, left in ((20, 1), (31, 0)):
        bounce_hooks.forget_tokens(app.database, NOON + timedelta(minutes=minutes))
        with app.database.read() as session:
            assert session.scalar(select(func.count()).select_from(HookTokenRow)) == left


def test_what_could_not_be_stored_is_not_acknowledged_and_counts_when_it_comes_again(
    post, app, rows, state
):
    def rename(before, after):
        with app.database.write() as session:
            session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    body = requests.mailgun(FAILED, SECRET, NOON)
    rename("feedback", "elsewhere")
    assert post("mailgun", body) >= 500
    rename("elsewhere", "feedback")
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(HookTokenRow)) == 0
    assert state() is SubscriberState.ACTIVE
    assert post("mailgun", body) == 204
    assert (rows(), state()) == (1, SubscriberState.SUPPRESSED)


@pytest.mark.parametrize(
    ("service", "event"),
    [
        ("postmark", {"RecordType": "SpamComplaint", "ID": 9, "Email": ANN}),
        ("brevo", {"event": "spam", "email": ANN, "message-id": "<x@y>", "ts_event": 9}),
    ],
)
def test_those_who_sign_nothing_need_the_secret(post, rows, state, service, event):
    body = json.dumps(event).encode()
    for headers in ({}, basic("another secret"), {"Authorization": f"Digest {SECRET}"}):
        assert post(service, body, headers) == 401
    assert post(service, body, {"Authorization": "Basic \u00e4".encode("latin-1")}) == 401
    assert rows() == 0
    assert post(service, body, basic(SECRET)) == 204
    assert post(service, body, {"Authorization": f"Bearer {SECRET}"}) == 204
    assert (rows(), state()) == (1, SubscriberState.SUPPRESSED)


def test_without_its_secret_a_service_has_no_hook(web):
    services = ("ses", "postmark", "mailgun", "sendgrid", "brevo", "x")
    assert {web.post(f"/hooks/{one}", content=b"{}").status_code for one in services} == {404}


def test_nonsense_and_what_is_too_long_are_refused(post, rows):
    right = basic(SECRET)
    assert post("postmark", b"\xff not JSON", right) == 400
    assert post("postmark", b"[" * 100_000, right) == 400
    assert post("brevo", b"[]", right) == 400
    assert post("ses", b'{"Type": "Notification"}') == 400
    assert post("postmark", b" " * (LARGEST_BYTES + 1), right) == 413
    assert rows() == 0


def test_who_fails_too_often_is_not_listened_to_for_a_while(post, clock, rows):
    body = json.dumps({"RecordType": "SpamComplaint", "ID": 9, "Email": ANN}).encode()
    assert [post("postmark", body) for _ in range(6)] == [401] * 5 + [429]
    assert post("postmark", body, basic(SECRET)) == 429
    clock.now += timedelta(seconds=61)
    assert post("postmark", body, basic(SECRET)) == 204
    assert rows() == 1


def test_no_address_and_no_token_is_logged(post, sns, caplog):
    caplog.set_level(logging.DEBUG, "digest")
    post("ses", sns.body(ses_bounce(ANN)))
    post("mailgun", requests.mailgun(FAILED, "another key of theirs", NOON, "t0ken" * 10))
    post("postmark", json.dumps({"Email": ANN}).encode(), basic("another secret"))
    assert "hook of ses" in caplog.text
    for secret in (ANN, "ann@", "t0ken", SECRET, "another"):
        assert secret not in caplog.text
