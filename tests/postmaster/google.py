"""A stand-in for Google: it checks the assertion by the public key, and answers over HTTP."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def row(requirement, status="COMPLIANT"):
    return {"requirement": requirement, "status": {"status": status}}


def verdict(status="COMPLIANT", reason=None):
    return {"status": {"status": status}, **({"reason": reason} if reason else {})}


def compliance(rows=(), **verdicts):
    data = {"domainId": "example.org", "rowData": list(rows), **verdicts}
    return {"name": "domains/example.org/complianceStatus", "complianceData": data}


class Google:
    """What it answers, and what it was asked."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.address = ""
        self.answer: object = compliance([row("SPF")])
        self.status = 200
        self.asked: list[str] = []
        self.claims: dict = {}

    def service_account(self) -> dict[str, str]:
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "client_email": "digest@project.iam.gserviceaccount.com",
            "private_key": pem.decode(),
            "token_uri": f"{self.address}/token",
        }

    def user(self) -> dict[str, str]:
        return {
            "type": "authorized_user",
            "client_id": "id",
            "client_secret": "secret",
            "refresh_token": "refresh",
            "token_uri": f"{self.address}/token",
        }

    def token(self, form: dict[str, list[str]]) -> bool:
        """Whether a token is given for a form."""
        if form["grant_type"] == ["refresh_token"]:
            return form["refresh_token"] == ["refresh"] and form["client_secret"] == ["secret"]
        signed, _, signature = form["assertion"][0].rpartition(".")
        self.claims = json.loads(_decode(signed.partition(".")[2]))
        try:
            self._key.public_key().verify(
                _decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return True


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def running() -> Iterator[Google]:
    google = Google()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            if google.token(parse_qs(octets.decode())):
                self._say(200, {"access_token": "ya29.token", "expires_in": 3599})
            else:
                self._say(400, {"error": "invalid_grant"})

        def do_GET(self):
            google.asked.append(self.path)
            if self.headers["Authorization"] != "Bearer ya29.token":
                self._say(401, {"error": {"message": "no token"}})
            else:
                self._say(google.status, google.answer)

        def _say(self, status, value):
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    google.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
