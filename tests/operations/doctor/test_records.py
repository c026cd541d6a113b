"""SPF, DKIM and DMARC, asked of a real name server."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.operations.doctor import records
from digest.operations.doctor.finding import Level
from tests.operations.doctor.name_server import NameServer

DOMAIN = "example.org"


def spf(**zone):
    with NameServer({"example.org": (), **zone}) as server:
        return records.spf(records.asker(server.resolver), DOMAIN)


def include(*names: str) -> list[str]:
    return [" ".join(["v=spf1", *(f"include:{name}.example.net" for name in names), "-all"])]


@pytest.mark.parametrize(
    ("texts", "level", "told"),
    [
        (["site-verification=1", "v=spf1 mx -all"], Level.OK, "v=spf1 mx -all"),
        (["V=SPF1 ip4:192.0.2.1 ~all"], Level.OK, "ip4"),
        (["v=spf1 redirect=_spf.example.net"], Level.OK, "redirect"),
        (["nothing of ours"], Level.FAIL, "has no SPF record"),
        (["v=spf10 -all"], Level.FAIL, "has no SPF record"),
        ([], Level.FAIL, "has no SPF record"),
        (["v=spf1 -all", "v=spf1 mx -all"], Level.FAIL, "2 SPF records"),
        (["v=spf1 +all"], Level.FAIL, "everybody"),
        (["v=spf1 mx ?all"], Level.WARN, "forbids no sender"),
        (["v=spf1 " + " ".join(["exists:x.example.net"] * 11) + " -all"], Level.FAIL, "look-ups"),
    ],
)
def test_the_spf_record_is_judged(texts, level, told):
    found = spf(**{DOMAIN: texts})
    assert found.level is level
    assert told in found.what
    assert bool(found.mend) == (level is not Level.OK)


def test_look_ups_of_included_records_count_and_loops_end():
    chain = {f"{n}.example.net": include(f"{n + 1}", f"{n + 1}") for n in range(9)}
    found = spf(**{DOMAIN: include("0"), **chain})
    assert found.level is Level.FAIL
    assert "look-ups" in found.what
    loop = {"a.example.net": include("b"), "b.example.net": include("a")}
    assert spf(**{DOMAIN: include("a"), **loop}).level is Level.OK


def test_a_name_server_that_fails_is_not_a_missing_record():
    assert spf(**{DOMAIN: None}).level is Level.WARN


def dkim(record: str | None):
    name = f"d2026._domainkey.{DOMAIN}"
    with NameServer({name: [record]} if record is not None else {}) as server:
        return records.dkim(records.asker(server.resolver), DOMAIN, "d2026")


def public(key) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def test_the_dkim_key_is_judged():
    long = public(rsa.generate_private_key(65537, 2048))
    short = public(rsa.generate_private_key(65537, 1024))  # noqa: S505 -- that is the point
    slow = public(rsa.generate_private_key(65537, 3072))
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    cases = [
        (f"v=DKIM1; k=rsa; p={long}", Level.OK, "There is a key"),
        (f"k=rsa; p={long[:200]} {long[200:]}", Level.OK, "There is a key"),
        (f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}", Level.OK, "There is a key"),
        (f"v=DKIM1; p={slow}", Level.OK, "longer than 2048 bits"),
        (f"v=DKIM1; p={short}", Level.WARN, "shorter than 2048"),
        ("v=DKIM1; p=", Level.FAIL, "revoked"),
        ("v=DKIM1; p=%%%", Level.FAIL, "not base64"),
        (None, Level.FAIL, "There is no key"),
    ]
    for record, level, told in cases:
        found = dkim(record)
        assert (found.level, told in found.what) == (level, True), found


@pytest.mark.parametrize(
    ("zone", "level", "told"),
    [
        ({"_dmarc.news.example.org": ["v=DMARC1; p=reject"]}, Level.OK, "_dmarc.news"),
        ({"_dmarc.example.org": ["v=DMARC1; p=none"]}, Level.OK, "_dmarc.example.org: p=none"),
        ({"_dmarc.org": ["v=DMARC1; p=none"]}, Level.FAIL, "has no DMARC record"),
        ({"_dmarc.example.org": ["v=DMARC1; rua=mailto:x@y.org"]}, Level.FAIL, "has no policy"),
        (
            {"_dmarc.example.org": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
            Level.FAIL,
            "2 records",
        ),
        ({"_dmarc.example.org": ["v=spf1 -all"]}, Level.FAIL, "has no DMARC record"),
        ({"_dmarc.news.example.org": None}, Level.WARN, "gave no answer"),
    ],
)
def test_the_dmarc_record_is_looked_for_upwards(zone, level, told):
    with NameServer(zone) as server:
        found = records.dmarc(records.asker(server.resolver), "news.example.org")
    assert found.level is level
    assert told in found.what
    assert bool(found.mend) == (level is not Level.OK)
