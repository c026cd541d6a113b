"""Signatures are those of the specification, which others compute as well."""

import base64
import hashlib
import hmac
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.webhooks.rules.signing import headers, shown


def test_the_example_of_the_specification_has_its_signature():
    """The one that the libraries of Standard Webhooks are tested with."""
    secret = base64.b64decode("plJ3nmyCDGBKInavdOK15jsl")
    body = b'{"event_type":"ping","data":{"success":true}}'
    assert headers(secret, "msg_loFOjxBNrRLzqYUf", 1731705121, body) == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing")
def test_openssl_computes_the_same():
    secret, body = bytes(range(32)), '{"type":"reader.left","data":"ü"}'.encode()
    signed = b"msg_1.1700000000." + body
    key = f"hexkey:{secret.hex()}"
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-binary"]
    found = subprocess.run(command, input=signed, capture_output=True, check=True).stdout
    expected = "v1," + base64.b64encode(found).decode()
    assert headers(secret, "msg_1", 1700000000, body)["webhook-signature"] == expected


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 2**33))
def test_whoever_has_the_secret_as_shown_can_verify(secret, body, seconds):
    key = base64.b64decode(shown(secret).removeprefix("whsec_"))
    sent = headers(key, "msg_2", seconds, body)
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"
