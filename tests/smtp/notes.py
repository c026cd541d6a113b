"""A recorder that remembers, and messages to send."""

from digest.model import Message
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import Limits, SmtpUrl


class Notes:
    """Remembers every call, and insists on their order: begun at most once, answered once."""

    def __init__(self):
        self.begun = []
        self.answers = {}

    def begin(self, message):
        assert message.key not in self.begun, "begun twice"
        assert message.key not in self.answers, "begun after its answer"
        self.begun.append(message.key)

    def answer(self, message, answer):
        assert message.key not in self.answers, "answered twice"
        self.answers[message.key] = answer


def make_message(key=1, *, recipient="", sender="bounce@example.org", body=b""):
    recipient = recipient or f"r{key}@example.org"
    body = body or f"Subject: {key}\r\n\r\nHello {key}\r\n".encode()
    return Message(key, sender, recipient, body)


def make_messages(count):
    return [make_message(key) for key in range(1, count + 1)]


def make_url(port, *, scheme="smtp", user="", password="", host="127.0.0.1", **limits):
    return SmtpUrl(scheme, host, port, user, password, Limits(**limits))


def make_relay(*ports_or_urls, scheme="smtp", user="", password="", host="127.0.0.1", **options):
    """A relay on loopback that does not wait long for anything."""
    options = {"connections": 1, "timeout_seconds": 5, "retry_waits_seconds": (0, 0, 0)} | options
    login = {"scheme": scheme, "user": user, "password": password, "host": host}
    urls = [one if isinstance(one, SmtpUrl) else make_url(one, **login) for one in ports_or_urls]
    return SmtpPool(urls, **options)


def deliver(relay, messages, *, stop=lambda: False):
    """Deliver and close; return what was noted."""
    notes = Notes()
    try:
        relay.deliver(iter(messages), notes, stop)
    finally:
        relay.close()
    return notes
