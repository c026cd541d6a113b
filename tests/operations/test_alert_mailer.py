"""The mail to the operator: when it is written, and its words."""

from dataclasses import asdict
from datetime import timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest

from digest.ground.languages.language import ENGLISH
from digest.ground.tokens.links import LinkSigner
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import DeliveryState, MailKind
from digest.operations.alert_mailer import AlertMailer, notice, notice_of_end
from digest.operations.rules.alerts import Alert
from digest.outbox.store import figures
from digest.render.transactional import TransactionalRenderer
from digest.transactional.mails import AlertNotice, TransactionalMails
from tests.factories import NOON, make_letterhead
from tests.render.editions import TEMPLATES

KEYS = [b"a key of sixteen octets or more"]
LATE = Alert("edition", "It is <late>", "Nothing came.", "Look at it.")
NOTICES = {
    "begins": notice("ops@example.org", LATE, NOON, "https://digest.example.org/admin"),
    "is over": notice_of_end("ops@example.org", LATE.title, NOON),
}


@pytest.mark.parametrize("what", NOTICES)
def test_the_mail_says_what_and_since_when_and_what_to_do(what):
    renderer = TransactionalRenderer(make_letterhead(), TEMPLATES, {"en": ENGLISH})
    mails = TransactionalMails(renderer, LinkSigner(KEYS), TokenSigner(KEYS), {}, lambda *_: "")
    stored = asdict(NOTICES[what])  # as the outbox keeps it
    message = mails.alert(AlertNotice(**{**stored, "lines": [*stored["lines"]]}), "1", at=NOON)
    mail = message_from_bytes(message.body, policy=policy.default)
    over = what == "is over"
    assert message.recipient == "ops@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"].endswith(": over: It is <late>" if over else ": It is <late>")
    for kind in ("plain", "html"):
        text = " ".join(mail.get_body((kind,)).get_content().split())
        assert ("What to do: Look at it." in text) != over
        assert "2026-11-19 12:00 UTC" in text
        assert ("https://digest.example.org/admin" in text) != over
        assert ("It is &lt;late&gt;" if kind == "html" else "It is <late>") in text


def test_an_alert_is_mailed_once_a_day_and_at_its_end_and_one_mail_of_it_waits(database):
    now = [NOON]
    mailer = AlertMailer(database, "ops@example.org", ZoneInfo("UTC"), lambda: now[0])
    assert [mailer.queue([LATE]) for _ in range(2)] == [1, 0]
    now[0] += timedelta(days=1)
    assert [mailer.queue([LATE]) for _ in range(2)] == [1, 0]
    assert [mailer.queue([]) for _ in range(2)] == [1, 0]
    with database.read() as session:
        found = list(figures.entries(session))
    queued, skipped = DeliveryState.QUEUED, DeliveryState.SKIPPED
    assert [(line.kind, line.subject, line.state) for line in found] == [
        (MailKind.ALERT, "edition", state) for state in (queued, skipped, skipped)
    ]
