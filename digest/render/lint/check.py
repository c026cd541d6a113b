"""The pre-flight check of sample mails: everything that can be known before one is sent."""

import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from urllib.parse import urlsplit

from lxml.html import document_fromstring

from digest.ground.text.counts import counted
from digest.render.lint.finding import Finding, Level, Sample, ServiceIdentity, error, warning
from digest.render.lint.headers import check_header, unsubscribe_address
from digest.render.lint.html import check_html
from digest.setting_needs import is_reserved

# What a forgotten place leaves behind; "None" at the end of something is Python's nothing.
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\bTODO\b|\bFIXME\b|[Ll]orem ipsum|\bNone(?=\s*(?:[<.,;)\"]|$))",
    re.MULTILINE,
)
_UNPRINTED = re.compile(r"<(style|script|title)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_TOLD_APART = 40  # characters of a title: a short layout may cut it
_FAR_SHORTER = 0.2  # of the words of the HTML; SpamAssassin and rspamd compare both parts


def read(sample: Sample) -> Sample:
    """Return a sample with HTML and text, decoded by the standard library."""
    message = message_from_bytes(sample.content, policy=policy.default)
    bodies = (message.get_body([kind]) for kind in ("html", "plain"))
    html, text = ("" if body is None else str(body.get_content()) for body in bodies)
    return replace(sample, html=html.replace("\r\n", "\n"), text=text.replace("\r\n", "\n"))


def check(samples: Sequence[Sample], identity: ServiceIdentity) -> list[Finding]:
    """Return what is wrong, errors first; each finding once, at the first place it is seen."""
    found = [*_check_settings(identity)]
    for sample in samples:
        found += check_header(sample, identity) if sample.is_digest else []
        found += check_html(sample)
        found += _parts(sample)
        found += _content(sample, identity)
    first: dict[tuple[Level, str], Finding] = {}
    for finding in found:
        first.setdefault((finding.level, finding.what), finding)
    return sorted(first.values(), key=lambda finding: finding.level is not Level.ERROR)


def _check_settings(identity: ServiceIdentity) -> list[Finding]:
    """What the settings say that mail to real people may not."""
    found = []
    for name, host in (
        ("DIGEST_BASE_URL", urlsplit(identity.base_url).hostname or ""),
        ("DIGEST_SENDER", identity.sender_address.rpartition("@")[2]),
    ):
        if not identity.trial and is_reserved(host):
            what = f"{name} is at {host}, an example that nobody can reach (RFC 2606)"
            found.append(error(what, "settings", "set your own"))
    return found


def _parts(sample: Sample) -> list[Finding]:
    """Which parts there are, in which order and charset (RFC 2046, section 5.1.4)."""
    mail = message_from_bytes(sample.content, policy=policy.default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    kinds = [part.get_content_type() for part in parts]
    expected = ["text/plain", "text/html"] if sample.with_html else ["text/plain"]
    found = []
    if kinds != expected:
        what = f"its parts are {', '.join(kinds)}, not {', '.join(expected)}"
        found.append(error(what, sample.name, "see docs/why/rendering.md"))
    for part in parts:
        if part.get_content_charset() != "utf-8":
            what = f"{part.get_content_type()} is in {part.get_content_charset()}"
            found.append(error(what, sample.name, "utf-8 alone"))
    if mail.defects:
        what = f"Python's parser finds {type(mail.defects[0]).__name__}"
        found.append(error(what, sample.name, "see docs/why/rendering.md"))
    return found


def _content(sample: Sample, identity: ServiceIdentity) -> list[Finding]:
    """What has to be said in each part, and what must not be."""
    found = []
    bodies = (
        {"text": sample.text, "HTML": sample.html} if sample.with_html else {"text": sample.text}
    )
    for kind, body in bodies.items():
        where = f"{sample.name}, {kind}"
        if body.strip():
            found += _said(sample, identity, kind, body)
            found += _left_over(body, where) if sample.neutral else []
        else:
            found.append(error(f"the {kind} part is empty", where, "see docs/why/rendering.md"))
    if not identity.postal_address.strip():
        fix = "set DIGEST_POSTAL_ADDRESS"
        found.append(Finding(identity.severe, "no postal address is set", sample.name, fix))
    words = len(_visible(sample.html).split()) if sample.html.strip() else 0
    if len(sample.text.split()) < _FAR_SHORTER * words:
        what = "the text part says far less than the HTML"
        found.append(warning(what, sample.name, "filters compare both (MPART_ALT_DIFF)"))
    return found


def _said(sample: Sample, identity: ServiceIdentity, kind: str, body: str) -> list[Finding]:
    """Whether a part shows the way out, every paper and the postal address."""
    found = []
    where = f"{sample.name}, {kind}"
    squeezed = _squeezed(_visible(body) if kind == "HTML" else body)
    way_out = unsubscribe_address(sample)
    if sample.is_digest and (not way_out or way_out not in body):
        fix = "print links.unsubscribe; it is the address of List-Unsubscribe"
        found.append(error(f"the {kind} part has no way to unsubscribe", where, fix))
    if missing := [title for title in sample.titles if _start(title) not in squeezed]:
        what = (
            f"the {kind} part lacks {counted(len(missing), 'paper')}, such as {missing[0][:60]!r}"
        )
        found.append(error(what, where, "print paper.title on every card"))
    if any(_squeezed(line) not in squeezed for line in identity.postal_address.splitlines()):
        what = f"the {kind} part has no postal address"
        fix = "print postal_address; the law asks for it (15 USC 7704(a)(5))"
        found.append(Finding(identity.severe, what, where, fix))
    return found


def _left_over(body: str, where: str) -> list[Finding]:
    """The first place that was never filled."""
    hit = _PLACEHOLDER.search(body)
    if hit is None:
        return []
    around = " ".join(body[max(0, hit.start() - 20) : hit.end() + 20].split())
    fix = "a template or a setting has a place that was never filled"
    return [error(f"{hit[0]!r} is printed: … {around} …", where, fix)]


def _visible(html: str) -> str:
    """The text of a document: enough to look for words in it."""
    return str(document_fromstring(_UNPRINTED.sub("", html)).xpath("string()"))


def _squeezed(text: str) -> str:
    """A text without white space: both parts break lines where they like."""
    return "".join(text.split())


def _start(title: str) -> str:
    return _squeezed(title.rstrip("…"))[:_TOLD_APART]
