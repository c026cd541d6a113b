"""Check other machines: the mail servers, and our own pages as the world sees them."""

import hmac
from hashlib import sha256

import httpx

from digest.errors import UnreachableError
from digest.operations.doctor.finding import Finding, fail, ok, warn
from digest.smtp.pool import SmtpPool

WEB_TIMEOUT_SECONDS = 10.0
INSTANCE_HEADER = "Digest-Instance"


def smtp(relay: SmtpPool, sender: str) -> Finding:
    """Check that every relay accepts our login and sender; name the step that fails."""
    problems, hints = [], []
    answers = relay.offer_sender(sender)
    for place, answer in answers.items():
        if isinstance(answer, UnreachableError):
            problems.append(str(answer))
            hints.append(answer.hint)
        elif answer.code >= 400:
            asked = f"MAIL FROM:<{sender}> was answered by {answer}"
            problems.append(f"sender refused at {place}: {asked}")
            hints.append(
                "check DIGEST_SENDER, DIGEST_BOUNCE_ADDRESS and the login in DIGEST_SMTP_URL"
            )
    if problems:
        return fail("smtp", "; ".join(problems), "; ".join(dict.fromkeys(hints)))
    return ok("smtp", f"{', '.join(answers)}: accepts the login and the sender {sender}.")


def instance(key: bytes) -> str:
    """Return a fingerprint of the service that does not reveal its key (RFC 2104)."""
    return hmac.new(key, b"instance", sha256).hexdigest()[:16]


def base_url(url: str, key: bytes) -> Finding:
    """Check that the address in every mail leads to this service."""
    mend = "check DIGEST_BASE_URL, its DNS record, the reverse proxy, and that `digest serve` runs"
    try:
        answer = httpx.get(f"{url}/healthz", timeout=WEB_TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        return fail("base url", f"{url} does not answer: {exc}", mend)
    told = answer.headers.get(INSTANCE_HEADER, "")
    if answer.status_code != 200 or not told:
        what = f"{url}/healthz answers {answer.status_code}, but not as this service does."
        return fail("base url", what, mend)
    if told != instance(key):
        what = f"{url} is a digest service with another DIGEST_SECRET_KEY."
        return fail("base url", what, "use the same key for both, or correct DIGEST_BASE_URL")
    if url.startswith("http://"):
        what = f"{url} leads here, without TLS."
        return warn(
            "base url", what, "put a reverse proxy with TLS in front of it: deploy/README.md"
        )
    return ok("base url", f"{url} leads here.")
