"""A real mail server (aiosmtpd) that keeps what it gets, with TLS and a login if wanted."""

import socket
import ssl
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    """What the server is told: it keeps messages as (sender, recipient, content)."""

    def __init__(self):
        self.messages = []
        self.hello = ""
        self.encrypted = False

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        session.host_name = self.hello = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.encrypted = session.ssl is not None or bool(
            server.transport.get_extra_info("sslcontext")
        )
        self.messages.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        return "250 2.0.0 kept"


class _AnyPort(Controller):
    """Listens on a port that the system chooses."""

    def __init__(self, lease_keeper, **options):
        self._options = options
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        super().__init__(lease_keeper, hostname="127.0.0.1", port=port, **options)

    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(*, tls=None, starttls=None, login=None, auth_needs_tls=True):
    """Yield (port, keeper). tls: encrypted from the start; starttls: on request; login: a pair."""

    def authenticate(_server, _session, _envelope, _mechanism, data):
        known = (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=known, handled=False)

    lease_keeper = Keeper()
    options = {"authenticator": authenticate, "auth_required": True} if login else {}
    controller = _AnyPort(
        lease_keeper,
        ssl_context=tls,
        tls_context=starttls,
        auth_require_tls=auth_needs_tls and tls is None,
        **options,
    )
    if tls is not None:
        # The controller's own check connects without a certificate authority.
        controller._trigger_server = lambda: _knock(controller.port)
    controller.start()
    try:
        yield controller.port, lease_keeper
    finally:
        controller.stop()


def _knock(port):
    """Make the server accept once, whatever its certificate is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as line,
        context.wrap_socket(line) as encrypted,
    ):
        encrypted.recv(1024)
