import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bounces.rules.classification import classify, classify_reply, status_in
from digest.model import FeedbackKind, Reply

HARD, SOFT, BLOCKED = FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.BLOCKED

REPLIES = [
    # Domino
    (HARD, 550, "User ann (ann@domino.example) not listed in Domino Directory"),
    # Postfix
    (HARD, 550, "5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox"),
    (HARD, 550, "<a@b.example>: Recipient address rejected: User unknown in local recipient table"),
    (HARD, 550, "5.1.2 <a@b.example>: Recipient address rejected: Domain not found"),
    (SOFT, 450, "4.1.1 <a@b.example>: Recipient address rejected: unverified address"),
    (SOFT, 450, "4.2.0 <a@b.example>: Recipient address rejected: Greylisted, see http://x.example"),
    (BLOCKED, 554, "5.7.1 <a@b.example>: Relay access denied"),
    (BLOCKED, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using sbl.example"),
    (SOFT, 452, "4.3.1 Insufficient system storage"),
    (SOFT, 552, "5.2.2 <a@b.example>: Recipient address rejected: Mailbox is full"),
    (BLOCKED, 552, "5.3.4 Message size exceeds fixed limit"),
    # Exim
    (HARD, 550, "Unrouteable address"),
    (HARD, 550, "No Such User Here"),
    (HARD, 550, "unknown user"),
    (BLOCKED, 550, "Verification failed for <b@x.example> Unrouteable address Sender verify"),
    (BLOCKED, 550, "relay not permitted Relaying not permitted"),
    # Exchange and Exchange Online
    (HARD, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@b.example not found by lookup"),
    (HARD, 550, "RESOLVER.ADR.RecipNotFound; not found"),
    (SOFT, 550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    (BLOCKED, 550, "5.7.708 Service unavailable. Access denied, traffic not accepted"),
    (SOFT, 550, "5.2.2 STOREDRV.Deliver; mailbox full"),
    # Outlook.com
    (HARD, 550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
    (BLOCKED, 550, "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. (S3150)"),
    (BLOCKED, 550, "SC-001 Unfortunately, messages from 192.0.2.1 weren't sent."),
    # Gmail
    (HARD, 550, "5.1.1 The email account that you tried to reach does not exist. Please try"),
    (HARD, 550, "5.2.1 The email account that you tried to reach is disabled."),
    (SOFT, 552, "5.2.2 The email account that you tried to reach is over quota."),
    (SOFT, 450, "4.2.1 The user you are trying to contact is receiving mail at a rate that"),
    (SOFT, 550, "5.2.1 The user you are trying to contact is receiving mail at a rate that"),
    (BLOCKED, 421, "4.7.28 Our system has detected an unusual rate of unsolicited mail"),
    (BLOCKED, 550, "5.7.26 This mail has been blocked because the sender is unauthenticated."),
    # qmail
    (HARD, 550, "sorry, no mailbox here by that name (#5.1.1 - chkuser)"),
    (BLOCKED, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    # Sendmail
    (HARD, 550, "5.1.1 <a@b.example>... User unknown"),
    (HARD, 550, "5.1.2 <a@b.example>... Host unknown (Name server: b.example: host not found)"),
    # Yahoo
    (HARD, 554, "delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]"),
    (HARD, 554, "delivery error: dd Requested mail action aborted, mailbox not found"),
    (HARD, 554, "30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30)."),
    (BLOCKED, 421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to complaints"),
    (BLOCKED, 554, "5.7.9 Message not accepted for policy reasons."),
    # GMX, WEB.DE, iCloud, mail.ru, Yandex, Mimecast
    (HARD, 550, "Requested action not taken: mailbox unavailable"),
    (BLOCKED, 554, "Transaction failed Reject due to policy restrictions."),
    (HARD, 550, "5.1.1 unknown or illegal alias: a@b.example"),
    (HARD, 550, "Message was not accepted -- invalid mailbox. User not found"),
    (SOFT, 550, "5.7.1 No such user!"),
    (HARD, 550, "Invalid Recipient - https://mimecast.example/spam/policy"),
    # RFC 7504, 7505, 7372
    (HARD, 556, "5.1.10 Recipient address has null MX"),
    (HARD, 556, "Domain does not accept mail"),
    (BLOCKED, 550, "5.7.27 Sender address has null MX"),
    (BLOCKED, 550, "5.7.23 SPF validation failed"),
    # The sender, our address, our content: whatever the status says of the recipient
    (BLOCKED, 550, "5.1.1 Sender user unknown"),
    (BLOCKED, 550, "5.1.1 Return path user unknown"),
    (BLOCKED, 550, "5.1.1 mail from unknown address"),
    (BLOCKED, 550, "unknown user bounces@b.example in MAIL FROM"),
    (BLOCKED, 553, "5.1.3 Invalid envelope-from"),
    (BLOCKED, 550, "5.2.1 Sender not allowed"),
    (BLOCKED, 550, "5.1.1 rejected by content filter"),
    (BLOCKED, 550, "5.1.1 Access denied: sending IP"),
    # DNS, a directory or a time that ran out: the server does not know
    (SOFT, 550, "5.1.2 Host unknown (DNS lookup failed)"),
    (SOFT, 550, "5.1.2 DNS lookup failed"),
    (SOFT, 550, "5.1.2 <a@b.example>: Domain not found (name server timeout)"),
    (SOFT, 550, "5.1.2 <a@b.example>: Recipient address rejected"),
    (SOFT, 550, "5.1.1 User unknown (recipient verification failed: connection timed out)"),
    (SOFT, 550, "Mailbox not found? LDAP lookup failure"),
    (SOFT, 550, "5.1.1 User unknown (transient error)"),
    (HARD, 550, "5.1.2 Bad destination host 'DNS Hard Error looking up b.example (MX): NXDomain'"),
    (HARD, 550, "5.1.2 no such domain"),
    (HARD, 550, "5.1.2 null MX"),
    (HARD, 550, "5.1.1 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup"),
    # Doubt
    (SOFT, 550, "No."),
    (SOFT, 550, ""),
    (SOFT, 554, "Transaction failed"),
    (SOFT, 450, "5.1.1 A temporary reply with a permanent status"),
    (SOFT, 550, "4.1.1 and the other way round: user unknown"),
    (BLOCKED, 550, "5.1.1 User unknown, or your IP is listed by sbl.example"),
    # Words within an address or a link are not the server's
    (HARD, 550, "5.1.1 <spam@policy.example>: User unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code", "text"), REPLIES, ids=lambda one: str(one)[:60])
def test_a_refusal_means_what_its_server_means_by_it(kind, code, text):
    assert classify(code, "", text) is kind


@pytest.mark.parametrize("status", ["5.1.1", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
def test_a_returned_mail_needs_no_code(status):
    assert classify(None, status, "") is HARD
    assert classify(None, "", f"smtp; 550 {status} somebody said") is HARD


def test_a_domain_is_gone_only_by_the_words():
    assert classify(None, "5.1.2", "") is SOFT
    assert classify(None, "5.1.2", "SERVFAIL") is SOFT
    assert classify(None, "5.1.2", "NXDOMAIN") is HARD


def test_a_code_in_a_returned_mail_s_text_counts():
    assert classify(None, "", "smtp; 450 user unknown") is SOFT
    assert classify(None, "", "smtp; 550 user unknown") is HARD


@given(st.integers(400, 499), st.text(max_size=200))
def test_a_temporary_refusal_is_never_hard(code, text):
    assert classify(code, "", text) is not HARD
    assert classify(code, "5.1.1", text) is not HARD


@given(
    st.sampled_from([550, 554, None]), st.from_regex(r"5\.7\.[0-9]{1,3}", fullmatch=True), st.text()
)
def test_a_matter_of_policy_is_never_the_reader_s_fault(code, status, text):
    assert classify(code, status, text) is not HARD


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 User unknown", "5.1.1"),
        ("no mailbox (#5.1.1)", "5.1.1"),
        ("5.1.10 null MX", "5.1.10"),
        ("connection from 5.1.1.2 refused", ""),
        ("connection from 15.1.1 refused", ""),
        ("version 5.1.1000", ""),
        ("", ""),
    ],
)
def test_the_status_is_found_in_the_text(text, status):
    assert status_in(text) == status


@pytest.mark.parametrize("command", ["MAIL", "HELO", "EHLO", "AUTH", "RSET"])
def test_what_is_answered_to_other_commands_is_about_us(command):
    assert classify_reply(Reply(550, "5.1.1 User unknown", command)) is None


def test_what_is_answered_to_a_recipient_or_to_their_message_is_about_them():
    for command in ("RCPT", "DATA", "."):
        assert classify_reply(Reply(550, "5.1.1 User unknown", command)) is HARD
    assert classify_reply(Reply(250, "2.1.5 Ok", "RCPT")) is None
