"""The words of the mail to the operator."""

from email import message_from_bytes, policy

import pytest

from digest.ground.languages.language import ENGLISH
from digest.ground.tokens.links import LinkSigner
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.operations.alert_mailer import write_alert
from digest.operations.rules.alerts import Alert
from digest.render.transactional import TransactionalRenderer
from digest.transactional.mailer import RecordingMailer
from digest.transactional.mails import TransactionalMails
from tests.factories import NOON, make_letterhead
from tests.render.editions import TEMPLATES

KEYS = [b"a key of sixteen octets or more"]


@pytest.mark.parametrize("over", [False, True])
def test_the_mail_says_what_and_since_when_and_what_to_do(over):
    notices = TransactionalRenderer(make_letterhead(), TEMPLATES, {"en": ENGLISH})
    mailer = RecordingMailer(notices, lambda: NOON)
    letters = TransactionalMails(mailer, LinkSigner(KEYS), TokenSigner(KEYS), {}, lambda *_: "")
    trouble = Alert("edition", "It is <late>", "Nothing came.", "Look at it.")
    assert write_alert(letters, "ops@example.org", trouble, over=over, since=NOON)
    (message,) = mailer.messages
    mail = message_from_bytes(message.body, policy=policy.default)
    assert message.recipient == "ops@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"].endswith(": over: It is <late>" if over else ": It is <late>")
    for kind in ("plain", "html"):
        text = " ".join(mail.get_body((kind,)).get_content().split())
        assert ("What to do: Look at it." in text) != over
        assert "2026-11-19 12:00 UTC" in text
        assert ("It is &lt;late&gt;" if kind == "html" else "It is <late>") in text
