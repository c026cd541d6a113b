"""Sample mails for the tests of the check: a good one, and what makes it bad."""

from dataclasses import replace

from digest.delivery.preflight import Preflight
from digest.render.lint.finding import Sample, ServiceIdentity
from tests.render.editions import LETTERHEAD, TOPIC_NAMES, make_edition, make_renderer

IDENTITY = ServiceIdentity(
    base_url="https://papers.our-town.net",
    sender_address="digest@papers.our-town.net",
    postal_address=LETTERHEAD.postal_address,
    trial=False,
)
OURS = replace(LETTERHEAD, base_url=IDENTITY.base_url, sender_address=IDENTITY.sender_address)
WAY_OUT = f"{IDENTITY.base_url}/u/token"
HEAD = [
    "From: Daily papers <digest@papers.our-town.net>",
    "To: reader@example.com",
    "Subject: 1 paper: speech",
    "Date: Sat, 21 Nov 2026 07:00:00 +0100",
    "Message-ID: <1@papers.our-town.net>",
    "List-Id: Daily papers <digest.papers.our-town.net>",
    f"List-Unsubscribe: <{WAY_OUT}>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "DKIM-Signature: v=1; d=our-town.net; b=x",
    "MIME-Version: 1.0",
    'Content-Type: multipart/alternative; boundary="=_b"',
]
ADDRESS = " ".join(IDENTITY.postal_address.split())
TEXT = f"A paper\n\nUnsubscribe: {WAY_OUT}\n{ADDRESS}\n"
HTML = (
    '<html lang="en"><head><title>1 paper</title></head><body><p>A paper</p>'
    f'<p><a href="{WAY_OUT}">Unsubscribe</a> {ADDRESS}</p></body></html>'
)


def make_sample(head=HEAD, text=TEXT, html=HTML, **fields):
    """Return a sample of one paper; it is flawless as it is."""
    part = 'Content-Type: text/{}; charset="utf-8"\r\n\r\n'
    bodies = [part.format("plain") + text.replace("\n", "\r\n")]
    bodies += [part.format("html") + html] if html else []
    body = "".join(f"--=_b\r\n{each}\r\n" for each in bodies) + "--=_b--\r\n"
    content = ("\r\n".join(head) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")
    values = {"name": "a mail", "titles": ["A paper"], "neutral": True, **fields}
    return Sample(content=content, html=html, text=text, **values)


def change(old, new):
    """Return the header with one field changed; `new` empty leaves it out."""
    found = [new if field.startswith(f"{old}:") else field for field in HEAD]
    assert found != HEAD
    return [field for field in found if field]


def make_preflight(**changes):
    """Return a check of mails by the shipped templates, or by changed ones."""

    def compose(edition):
        return make_renderer(edition, **{"letterhead": OURS, **changes})

    return Preflight(compose, IDENTITY, sorted(TOPIC_NAMES))


def found_in(**changes):
    """Return what the check finds in an edition with these changes, as text."""
    return [str(finding) for finding in make_preflight(**changes).check(make_edition())]
