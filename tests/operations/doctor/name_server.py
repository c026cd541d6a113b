"""A real name server on loopback, for TXT records alone."""

import socket
import threading
from collections.abc import Mapping, Sequence

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


class NameServer:
    """Answers by UDP and a name that it does not know with NXDOMAIN; a context manager.

    records: name -> texts; a text longer than 255 characters is cut into strings. A name whose
    value is None is answered with SERVFAIL.
    """

    def __init__(self, records: Mapping[str, Sequence[str] | None]) -> None:
        self._records = records
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._serve)

    @property
    def resolver(self) -> dns.resolver.Resolver:
        """A resolver that asks this server alone."""
        found = dns.resolver.Resolver(configure=False)
        found.nameservers = ["127.0.0.1"]
        found.port = self._socket.getsockname()[1]
        found.lifetime = 5.0
        return found

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            packet, whence = self._socket.recvfrom(4096)
            if not packet:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(packet)), whence)

    def _answer(self, query: dns.message.Message) -> bytes:
        name = query.question[0].name
        known = name.to_text(omit_final_dot=True).lower()
        self.asked.append(known)
        answer = dns.message.make_response(query)
        if known not in self._records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif (texts := self._records[known]) is None:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts:
            rows = [
                " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
                for text in texts
            ]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *rows))
        return answer.to_wire()
