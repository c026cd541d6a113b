"""Our sender's DNS on loopback, and a message as its receiver's server would hand it on.

The checkers look SPF, DKIM and DMARC up as they would out there, but of this name server alone;
whatever else they ask, such as a blocklist, does not exist.
"""

from collections.abc import Mapping, Sequence

import dns.message
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset

from digest.model import Message
from digest.render.dkim import DkimKey
from tests.dkim_verifiers import records
from tests.operations.doctor.name_server import NameServer

DOMAIN = "papers.example.org"
HOST = f"mail.{DOMAIN}"
IP = "2001:db8::25"
RECEIVER = "mx.example.net"
Zone = Mapping[str, Mapping[str, Sequence[str]]]


def zone(keys: Sequence[DkimKey]) -> Zone:
    """Return what docs/use/dkim.md and `digest doctor` ask for: name -> type -> values."""
    backwards = dns.reversename.from_address(IP).to_text(omit_final_dot=True)
    soa = f"{HOST}. hostmaster.{DOMAIN}. 1 3600 600 86400 300"
    return {
        DOMAIN: {
            "AAAA": [IP],
            "MX": [f"10 {HOST}."],
            "TXT": [quoted(f"v=spf1 ip6:{IP} -all")],
            "NS": [f"{HOST}."],
            "SOA": [soa],
        },
        HOST: {"AAAA": [IP], "TXT": [quoted("v=spf1 a -all")]},
        f"_dmarc.{DOMAIN}": {"TXT": [quoted(f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}")]},
        backwards: {"PTR": [f"{HOST}."]},
        **{name: {"TXT": [quoted(text)]} for name, text in records(*keys).items()},
    }


def quoted(text: str) -> str:
    """Return a TXT record's text as strings of at most 255 characters (RFC 1035, 3.3.14)."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


class ZoneServer(NameServer):
    """Answers for a zone, by type."""

    def __init__(self, known: Zone) -> None:
        super().__init__({})
        self._known = known

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._socket.getsockname()[1])

    def _answer(self, query: dns.message.Message) -> bytes:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        answer = dns.message.make_response(query)
        if name not in self._known:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        kind = dns.rdatatype.to_text(question.rdtype)
        if values := self._known.get(name, {}).get(kind):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        return answer.to_wire()


def received(message: Message, date: str) -> bytes:
    """Return a message with the trace fields of the server that took it from ours (RFC 5321, 4.4).

    date: when, as in the message's own Date.
    """
    trace = (
        f"Return-Path: <{message.sender}>\r\n"
        f"Received: from {HOST} ({HOST} [IPv6:{IP}])\r\n"
        f"\tby {RECEIVER} (Postfix) with ESMTPS id 4TmGxY3Qz9zF2\r\n"
        f"\tfor <{message.recipient}>; {date}\r\n"
    )
    return trace.encode() + message.body
