"""Check the DNS records that receivers look at: SPF, DKIM, DMARC."""

import base64
import re
from collections.abc import Sequence
from typing import Protocol

import dns.exception
import dns.resolver

from digest.operations.doctor.finding import Finding, fail, ok, warn

MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4
_ASKS_DNS = re.compile(r"[+?~-]?(?:include:|a(?:[:/]|$)|mx(?:[:/]|$)|ptr(?::|$)|exists:)|redirect=")
_TAG = re.compile(r"\s*([A-Za-z]+)\s*=\s*([^;]*)")


class LookupFailedError(Exception):
    """The name servers gave no answer, which does not mean that there is no record."""


class Texts(Protocol):
    """A function that asks for the TXT records of a name."""

    def __call__(self, name: str) -> list[str]:
        """Return the records, each with its strings joined (RFC 7208, 3.3); LookupFailedError."""


def asker(resolver: dns.resolver.Resolver) -> Texts:
    """Return what asks the name servers of this resolver."""

    def texts(name: str) -> list[str]:
        try:
            answer = resolver.resolve(name, "TXT", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as exc:
            raise LookupFailedError(f"{name}: {exc}") from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    return texts


def spf(texts: Texts, domain: str) -> Finding:
    """Check that the domain of the envelope sender says who may send for it (RFC 7208)."""
    add = f'add a TXT record at {domain}: "v=spf1 mx include:YOUR-PROVIDER -all"'
    try:
        found = _spf_records(texts, domain)
        if not found:
            return fail("spf", f"{domain} has no SPF record.", add)
        if len(found) > 1:
            mend = "merge them into one: to receivers, two are an error"
            return fail("spf", f"{domain} has {len(found)} SPF records.", mend)
        lookups = _lookups(texts, domain, frozenset())
    except LookupFailedError as exc:
        return _no_answer("spf", exc)
    if lookups > MOST_LOOKUPS:
        what = f"Checking it takes {lookups} DNS look-ups; receivers stop at {MOST_LOOKUPS}."
        return fail("spf", what, "remove the includes that are not needed")
    terms = found[0].lower().split()
    if "+all" in terms or "all" in terms:
        return fail("spf", f"{domain} lets everybody send (+all).", "end it in -all or ~all")
    if not {"-all", "~all"} & set(terms) and not any(t.startswith("redirect=") for t in terms):
        return warn("spf", f"{domain}: {found[0]!r} forbids no sender.", "end it in -all or ~all")
    return ok("spf", f"{domain}: {found[0]}")


def dkim(texts: Texts, domain: str, selector: str) -> Finding:
    """Check that the public key of our signatures exists and is valid (RFC 6376, 3.6.1)."""
    name = f"{selector}._domainkey.{domain}"
    try:
        found = texts(name)
    except LookupFailedError as exc:
        return _no_answer("dkim", exc)
    if not found:
        mend = f"add the TXT record that your signer shows, at {name}, or correct the selector"
        return fail("dkim", f"There is no key at {name}.", mend)
    tags = _tags(found[0])
    key = re.sub(r"\s", "", tags.get("p", ""))
    if not key:
        return fail("dkim", f"The key at {name} is revoked (p= is empty).", "publish the new one")
    try:
        length = len(base64.b64decode(key, validate=True))
    except ValueError:
        return fail(
            "dkim", f"The key at {name} is not base64.", "copy the record again, on one line"
        )
    is_rsa = tags.get("k", "rsa") == "rsa"  # 2048 bits are 294 bytes of DER
    if is_rsa and length < 250:
        return warn("dkim", f"The key at {name} is shorter than 2048 bits.", "create a longer one")
    slow = " It is longer than 2048 bits, so signing takes 3 to 7 times as long."
    return ok("dkim", f"There is a key at {name}.{slow if is_rsa and length > 350 else ''}")


def dmarc(texts: Texts, domain: str) -> Finding:
    """Check that the From domain, or one above it, has a policy (RFC 7489, 6.6.3)."""
    labels = domain.split(".")
    above = [".".join(labels[place:]) for place in range(max(1, len(labels) - 1))]
    try:
        for each in above:
            found = [text for text in texts(f"_dmarc.{each}") if _tags(text).get("v") == "DMARC1"]
            if len(found) > 1:
                mend = "keep one: to receivers, two are none"
                return fail("dmarc", f"_dmarc.{each} has {len(found)} records.", mend)
            if found:
                return _policy(each, found[0])
    except LookupFailedError as exc:
        return _no_answer("dmarc", exc)
    mend = f'add a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:YOU@{domain}"'
    return fail("dmarc", f"{domain} has no DMARC record; large providers ask for one.", mend)


def _policy(domain: str, record: str) -> Finding:
    policy = _tags(record).get("p", "")
    if policy not in ("none", "quarantine", "reject"):
        mend = 'write p=none, p=quarantine or p=reject: "v=DMARC1; p=none"'
        return fail("dmarc", f"_dmarc.{domain} has no policy: {record}", mend)
    return ok("dmarc", f"_dmarc.{domain}: p={policy}")


def _spf_records(texts: Texts, domain: str) -> list[str]:
    return [text for text in texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def _lookups(texts: Texts, domain: str, seen: frozenset[str]) -> int:
    """Count the terms that ask DNS, those of included records too; loops are counted once."""
    records = [] if domain in seen else _spf_records(texts, domain)
    terms = records[0].lower().split()[1:] if records else []
    total = 0
    for term in terms:
        if _ASKS_DNS.match(term):
            total += 1
        if total > MOST_LOOKUPS:
            break
        if inner := re.match(r"[+?~-]?include:(\S+)|redirect=(\S+)", term):
            total += _lookups(texts, inner[1] or inner[2], seen | {domain})
    return total


def _tags(record: str) -> dict[str, str]:
    """Read "k=rsa; p=..." (RFC 6376, section 3.2)."""
    found: Sequence[re.Match[str] | None] = [_TAG.match(part) for part in record.split(";")]
    return {each[1].lower(): each[2].strip() for each in found if each}


def _no_answer(name: str, exc: Exception) -> Finding:
    mend = "check this machine's name servers (/etc/resolv.conf), or use --offline"
    return warn(name, f"The name servers gave no answer: {exc}", mend)
