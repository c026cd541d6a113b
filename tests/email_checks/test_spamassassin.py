"""SpamAssassin with the rules that Debian ships; docs/why/checks.md has the scores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.app import build_app
from digest.delivery import planning
from digest.model import Message
from digest.workers import local
from tests.email_checks.mails import RSA
from tests.email_checks.zone import DOMAIN, received
from tests.factories import DAY

DUE = datetime(2026, 11, 19, 7, tzinfo=UTC)
SPF = {"SPF_PASS", "SPF_HELO_PASS"}
DKIM = {"DKIM_SIGNED", "DKIM_VALID", "DKIM_VALID_AU", "DKIM_VALID_EF"}
# What costs something without telling of a fault: a signature (its validity takes that back at
# once) and HTML at all.
INNOCENT = {"DKIM_SIGNED", "HTML_MESSAGE"}
MOST = -1.0
# Only MAILING_LIST_MULTI is worth more than 0.1 here, and it wants the list headers, which RFC 2369
# keeps out of a mail that is of no list.
MOST_OF_SINGLE = -0.2


def test_spamassassin_finds_nothing_bad(name, mail, spamassassin, record_property):
    said = spamassassin(name)
    rules = said["rules"]
    shown = ", ".join(f"{rule} {score:g}" for rule, score in sorted(rules.items()))
    record_property(f"SpamAssassin  {name:24} {said['score']:6.2f}", shown)
    assert {rule for rule, score in rules.items() if score > 0} <= INNOCENT
    expected = SPF | {"DMARC_PASS"} | (DKIM if mail.keys else set())
    assert expected <= rules.keys()
    assert ("MAILING_LIST_MULTI" in rules) == mail.is_list
    assert said["score"] <= (MOST if mail.is_list else MOST_OF_SINGLE)


def test_a_broken_signature_is_seen(kept, spamassassin):
    file = kept("full ten en")
    changed = file.read_bytes().replace(b"Subject: ", b"Subject: !")
    file.with_name("broken.eml").write_bytes(changed)
    rules = spamassassin("broken")["rules"]
    assert "DKIM_INVALID" in rules
    assert "DKIM_VALID" not in rules


@pytest.fixture
def service(app, tmp_path):
    """The whole service as our zone knows it, with a key."""
    file = tmp_path / "rsa.pem"
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(RSA.private.private_bytes(*pem))
    changes = {
        "sender": f"Daily papers <digest@{DOMAIN}>",
        "base_url": f"https://{DOMAIN}",
        "postal_address": "1 Quiet Lane, 12345 Smalltown",
        "dkim_key_file": str(file),
        "dkim_selector": RSA.selector,
    }
    settings = replace(app.settings, **changes)
    return build_app(settings, clock=app.clock, database=app.database)


@pytest.mark.parametrize("hours", [0, 6, 30])
def test_a_digest_that_is_sent_late_loses_nothing(
    hours, service, clock, sink, subscribe, kept, spamassassin, record_property
):
    subscribe("ann")
    clock.now = DUE + timedelta(seconds=20)
    planning.plan(service.database, service.editions.open(DAY), now=clock.now)
    clock.now += timedelta(hours=hours, minutes=12)
    local.send(service, DAY)
    (got,) = sink.messages
    message = Message(1, got.sender, got.recipients[0], got.data)
    arrived = received(message, format_datetime(clock.now))
    kept("full ten en").with_name("late.eml").write_bytes(arrived)
    said = spamassassin("late")
    record_property(f"SpamAssassin  {hours} hours late", said["score"])
    assert {rule for rule, score in said["rules"].items() if score > 0} <= INNOCENT
    assert said["score"] <= MOST


def test_a_date_from_hours_before_is_seen(kept, spamassassin):
    mail = message_from_bytes(kept("full ten en").read_bytes(), policy=policy.default)
    date = mail["Date"].datetime
    for name, shift in (("old", -7), ("early", 7)):
        file = kept("full ten en")
        changed = file.read_bytes().replace(
            format_datetime(date).encode(),
            format_datetime(date + timedelta(hours=shift)).encode(),
            1,  # that of Received, which stands first
        )
        file.with_name(f"{name}.eml").write_bytes(changed)
    assert "DATE_IN_FUTURE_06_12" in spamassassin("old")["rules"]
    assert "DATE_IN_PAST_06_12" in spamassassin("early")["rules"]
