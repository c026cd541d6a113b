"""DKIM, SPF and DMARC as mailauth (Node.js) and Mail::DKIM (Perl) judge them."""

import pytest

from tests.dkim_verifiers import records, verified, verified_by_perl
from tests.email_checks import mails
from tests.email_checks.zone import DOMAIN


def test_mailauth_passes_every_signature_spf_and_dmarc(name, mail, node):
    said = node(name)
    shown = [[mails.algorithm(key), "pass", DOMAIN, DOMAIN] for key in mail.keys]
    assert said["dkim"] == (shown or [[None, "none", None, None]])
    assert (said["spf"], said["dmarc"]) == ("pass", "pass")


@pytest.mark.parametrize("name", ["full both keys", "full hostile", "confirm en"])
def test_perl_passes_every_rsa_signature(name, tmp_path):
    """Mail::DKIM knows no Ed25519; SpamAssassin asks it about all the other mails."""
    message = mails.mail(name).message.body
    said = verified_by_perl(message, records(*mails.KEYS), tmp_path)
    assert [line.split()[0] for line in said if "rsa" in line] == ["pass"]


def test_python_passes_every_signature(mail):
    assert verified(mail.message.body, records(*mails.KEYS)) == [True] * len(mail.keys)


@pytest.mark.parametrize("change", [(b"Subject: ", b"Subject: !"), (b"</html>", b"!</html>")])
def test_mailauth_sees_a_change(change, node, kept):
    file = kept("full both keys")
    file.with_name("changed.eml").write_bytes(file.read_bytes().replace(*change))
    assert "pass" not in [each[1] for each in node("changed")["dkim"]]
