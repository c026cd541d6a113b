"""A mail that Postfix cannot deliver comes back to us by LMTP, and we know whose it was."""

import smtplib
import threading

import pytest

from digest.devtools.sink.sink import Sink
from digest.ground.database.tables.intake import Fate
from digest.intake.listening import Listener, parse_place
from digest.intake.store import mails
from digest.intake.taking import Intake
from digest.model import FeedbackKind
from tests.factories import NOON
from tests.intake.returned import corpus
from tests.smtp.real_servers import missing_postfix, postfix

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_postfix()), reason=missing_postfix()),
]
MAIL = (
    f"From: digest@example.org\nTo: ann@nowhere.example\nList-Unsubscribe: <{corpus.LINK}>\n\nx\n"
)


@pytest.fixture
def bounced(database):
    """Send a mail that Postfix refuses to deliver; return what was told, how it was stored."""
    told, came = [], threading.Event()
    intake = Intake(database, corpus.IDENTIFY, lambda: NOON, record=told.append)

    def take(raw, recipients):
        receipt = intake.take(raw, recipients, way="lmtp")
        came.set()
        return receipt

    def send(sender, refusal):
        place = parse_place("lmtp:127.0.0.1:0")
        with (
            Listener(place, take, lambda address: address.startswith("bounces")) as listener,
            Sink("127.0.0.1", 0) as elsewhere,
        ):
            elsewhere.replies = {"ann@nowhere.example": refusal}
            options = {
                "relay_transport": f"lmtp:inet:127.0.0.1:{listener.port}",
                "default_transport": f"smtp:[127.0.0.1]:{elsewhere.port}",
            }
            with postfix(discards=True, **options) as server:
                with smtplib.SMTP("127.0.0.1", server.port) as client:
                    client.sendmail(sender, ["ann@nowhere.example"], MAIL)
                assert came.wait(30)
                server.wait_until_empty()  # what was stored was acknowledged
        with database.read() as session:
            return told, mails.counts(session)

    return send


def test_by_its_return_path(bounced):
    told, counts = bounced(corpus.RETURN_PATH, "550 5.1.1 mailbox unknown")
    assert counts == {Fate.RECORDED: 1}
    (feedback,) = told
    assert (feedback.kind, feedback.status) == (FeedbackKind.HARD, "5.1.1")
    assert (feedback.subscriber_id, feedback.edition) == (corpus.SUBSCRIBER, corpus.EDITION)
    assert feedback.address == "ann@nowhere.example"


def test_by_the_link_in_what_it_returns(bounced):
    told, counts = bounced("bounces@example.org", "550 5.7.1 blocked by policy")
    assert counts == {Fate.RECORDED: 1}
    assert [each.kind for each in told] == [FeedbackKind.BLOCKED]
    assert told[0].trusted
