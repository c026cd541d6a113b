"""What each provider's events mean, by its documented types; nonsense costs itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bounces.providers import brevo, mailgun, postmark, sendgrid, ses
from digest.bounces.providers.events import read_message_id
from digest.errors import InputError, LinkError
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.model import FeedbackKind
from digest.render.headers import message_id
from tests.bounces.providers.requests import ses_bounce
from tests.factories import DAY, NONCE, everybodys

ANN = "ann@example.org"
OUR_ID = message_id(DAY, 7, "example.org")
KEY = b"a key for the tests only"


def identify(address):
    try:
        return read_return_path([KEY], address, everybodys)
    except LinkError:
        return None


def kinds(events):
    return [each.kind.value for each in events.feedback]


def of_ses(event):
    return ses.read_events(json.dumps(event), identify)


def of_postmark(**event):
    body = {"RecordType": "Bounce", "ID": 42, "Email": ANN, **event}
    return postmark.read_events(json.dumps(body).encode(), identify)


def of_mailgun(**event):
    body = {"event": "failed", "severity": "permanent", "id": "x", "recipient": ANN, **event}
    return mailgun.read_events({"event-data": body}, identify)


def of_sendgrid(*events):
    whole = [{"email": ANN, "sg_event_id": f"e{n}", **each} for n, each in enumerate(events)]
    return sendgrid.read_events(json.dumps(whole).encode(), identify)


def of_brevo(**event):
    body = {"email": "Ann@Example.org", "message-id": OUR_ID, "ts_event": 1, **event}
    return brevo.read_events(json.dumps(body).encode(), identify)


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "said", "kind"),
    [
        ("Permanent", "General", "550 5.1.1 user unknown", "hard"),
        ("Permanent", "General", "550 5.7.1 blocked by policy", "blocked"),
        ("Permanent", "General", "552 5.2.2 mailbox full", "soft"),
        ("Permanent", "General", "", "hard"),
        ("Permanent", "NoEmail", "", "hard"),
        ("Permanent", "Suppressed", "", "hard"),
        ("Permanent", "OnAccountSuppressionList", "", "hard"),
        ("Undetermined", "Undetermined", "", "soft"),
        ("Transient", "MailboxFull", "", "soft"),
        ("Transient", "General", "", "soft"),
        ("Transient", "MessageTooLarge", "", "blocked"),
        ("Transient", "ContentRejected", "", "blocked"),
        ("Transient", "AttachmentRejected", "", "blocked"),
        ("Transient", "CustomTimeoutExceeded", "", "soft"),
    ],
)
def test_bounces_of_ses(bounce_type, sub_type, said, kind):
    (one,) = of_ses(ses_bounce(ANN, bounce_type, sub_type, said)).feedback
    assert (one.kind.value, one.address, one.trusted) == (kind, ANN, True)


def test_complaints_of_ses_whether_notified_or_published():
    complaint = {"feedbackId": "f", "complainedRecipients": [{"emailAddress": ANN}]}
    for name in ("notificationType", "eventType"):
        event = {name: "Complaint", "complaint": complaint, "mail": {}}
        assert kinds(of_ses(event)) == ["complaint"]
    mistaken = {**complaint, "complaintFeedbackType": "not-spam"}
    assert of_ses({"eventType": "Complaint", "complaint": mistaken}).passed_over == 1


def test_ses_says_by_return_path_or_message_id_whose_mail_it_was():
    path = ReturnPaths(KEY, "bounces@example.org").address(7, NONCE, DAY)
    (one,) = of_ses(ses_bounce("other@example.org", mail={"source": path})).feedback
    assert (one.subscriber_id, one.edition) == (7, DAY)
    named = {"source": "bounces@example.org", "commonHeaders": {"messageId": OUR_ID}}
    (one,) = of_ses(ses_bounce(ANN, mail=named)).feedback
    assert (one.subscriber_id, one.edition, one.address) == (None, DAY, ANN)  # by the address
    (one,) = of_ses(ses_bounce("", mail=named)).feedback
    assert (one.subscriber_id, one.edition) == (7, DAY)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        *[(name, "hard") for name in ("HardBounce", "BadEmailAddress", "ManuallyDeactivated")],
        *[(name, "soft") for name in ("SoftBounce", "Transient", "DnsError", "Unknown")],
        *[(name, "blocked") for name in ("Blocked", "SpamNotification", "DMARCPolicy")],
        ("SpamComplaint", "complaint"),
    ],
)
def test_bounces_of_postmark(type_, kind):
    assert kinds(of_postmark(Type=type_)) == [kind]


def test_what_postmark_says_that_is_no_bounce_is_passed_over():
    assert of_postmark(Type="AutoResponder").passed_over == 1
    assert of_postmark(RecordType="Delivery").passed_over == 1
    change = {"RecordType": "SubscriptionChange", "Recipient": ANN, "SuppressSending": True}
    assert kinds(of_postmark(**change, SuppressionReason="SpamComplaint")) == ["complaint"]
    again = {**change, "SuppressSending": False, "SuppressionReason": None}
    assert of_postmark(**again).passed_over == 1
    assert kinds(of_postmark(Type="HardBounce", Details="554 5.7.1 blocked: DNSBL")) == ["blocked"]


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"delivery-status": {"code": 550, "message": "5.1.1 user unknown"}}, ["hard"]),
        ({"delivery-status": {"code": 554, "message": "5.7.1 listed by DNSBL"}}, ["blocked"]),
        ({"delivery-status": {"code": 552, "message": "mailbox full"}}, ["soft"]),
        ({"reason": "suppress-bounce", "delivery-status": {"code": 605}}, ["hard"]),
        ({"reason": "suppress-complaint"}, ["complaint"]),
        ({"reason": "old"}, ["soft"]),
        ({"severity": "temporary"}, []),
        ({"event": "complained"}, ["complaint"]),
        ({"event": "opened"}, []),
    ],
)
def test_events_of_mailgun(event, found):
    assert kinds(of_mailgun(**event)) == found


def test_mailgun_names_our_message():
    (one,) = of_mailgun(message={"headers": {"message-id": OUR_ID.strip("<>")}}).feedback
    assert (one.edition, one.reference) == (DAY, "mailgun/x")


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"event": "bounce", "reason": "550 5.1.1 user unknown", "status": "5.1.1"}, ["hard"]),
        ({"event": "bounce", "bounce_classification": "Invalid Address"}, ["hard"]),
        ({"event": "bounce", "bounce_classification": "Reputation"}, ["blocked"]),
        ({"event": "bounce", "type": "blocked", "reason": "451 try again later"}, ["soft"]),
        ({"event": "bounce", "type": "blocked", "reason": "550 5.7.1 SPF"}, ["blocked"]),
        ({"event": "dropped", "reason": "Bounced Address"}, ["hard"]),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, ["complaint"]),
        ({"event": "dropped", "reason": "Spam Content (if spam checker app enabled)"}, ["blocked"]),
        ({"event": "spamreport"}, ["complaint"]),
        ({"event": "deferred", "response": "452 later"}, []),
        ({"event": "open"}, []),
    ],
)
def test_events_of_sendgrid(event, found):
    assert kinds(of_sendgrid(event)) == found


def test_one_bad_event_of_a_batch_costs_itself():
    events = of_sendgrid({"event": "spamreport"}, {"email": 5}, {"event": "bounce", "email": "x"})
    assert kinds(events) == ["complaint"]
    assert len(events.unreadable) == 2
    body = json.dumps([None, 5, {"event": "spamreport", "email": ANN, "sg_event_id": "e"}]).encode()
    assert kinds(sendgrid.read_events(body, identify)) == ["complaint"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        *[(name, ["hard"]) for name in ("hard_bounce", "invalid_email", "blocked", "hardBounce")],
        *[("soft_bounce", ["soft"]), ("error", ["blocked"])],
        *[("spam", ["complaint"]), ("complaint", ["complaint"])],
        *[("deferred", []), ("request", []), ("unsubscribed", [])],
    ],
)
def test_events_of_brevo(name, found):
    events = of_brevo(event=name)
    assert kinds(events) == found
    for one in events.feedback:
        assert (one.address, one.edition) == (ANN, DAY)


def test_an_event_that_nothing_tells_from_others_is_not_taken():
    for events in (
        of_sendgrid({"event": "spamreport", "sg_event_id": ""}),
        of_postmark(Type="HardBounce", ID=None),
    ):
        assert (events.feedback, len(events.unreadable)) == ((), 1)


def test_no_reference_and_no_words_name_an_address():
    events = [
        of_brevo(event="spam"),
        of_postmark(Type="HardBounce"),
        of_sendgrid({"event": "spam"}),
    ]
    for each in events:
        assert all(ANN not in one.reference + one.words for one in each.feedback)


def test_a_message_id_that_is_altered_or_anothers_names_nobody():
    assert read_message_id(OUR_ID) == Claim(7, DAY)
    assert read_message_id(OUR_ID.strip("<>")) == Claim(7, DAY)
    altered = [OUR_ID.replace(".7.", ".8."), "<x@example.org>", "", "<20261399.7.0@x>"]
    assert [read_message_id(text) for text in altered] == [None] * 4
    assert read_message_id(message_id(DAY, 2**31, "example.org")) is None


_NAMES = (
    *("event", "bounce", "mail", "email", "RecordType", "Type", "Email", "notificationType"),
    *("bouncedRecipients", "emailAddress", "recipient", "severity", "ID", "reason"),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_NAMES) | st.text(max_size=5),
            inner | st.sampled_from(["Bounce", "bounce", "failed", "permanent", "spam", ANN]),
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_read_or_refused(value):
    body = json.dumps(value).encode()
    readers = [postmark.read_events, sendgrid.read_events, brevo.read_events]
    readers.append(lambda body, identify: ses.read_events(body.decode(), identify))
    if isinstance(value, dict):
        readers.append(lambda _, identify: mailgun.read_events(value, identify))
    for read in readers:
        try:
            events = read(body, identify)
        except InputError:
            continue
        assert all(each.kind in FeedbackKind and each.reference for each in events.feedback)
