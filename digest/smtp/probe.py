"""Ask a mail server whether it would take mail from a sender, and take the question back."""

import asyncio

from digest.model import Reply
from digest.smtp.handshake import Session
from digest.smtp.replies import BrokenError, ReplyReader, reply_text


class _Conversation(asyncio.Protocol):
    """One command, one reply."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._reader = ReplyReader()
        self._news = asyncio.Event()
        self._lost = False

    async def ask(self, command: str) -> Reply:
        """Return the reply to a command; BrokenError when there is none."""
        self._transport.write(f"{command}\r\n".encode())
        while (found := self._reader.next()) is None:
            if self._lost:
                raise BrokenError("the server closed the connection")
            self._news.clear()
            await self._news.wait()
        code, raw = found
        return Reply(code, reply_text(raw), command.split()[0])

    def data_received(self, data: bytes) -> None:
        """Take in what the server says."""
        self._reader.feed(data)
        self._news.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Wake whoever waits."""
        self._lost = True
        self._news.set()


async def offer_sender(session: Session, sender: str, timeout_seconds: float) -> Reply:
    """Return the reply to MAIL FROM; RSET and QUIT follow, so nothing is sent (RFC 5321, 4.1.1.5).

    BrokenError or TimeoutError when the server does not answer. The connection is closed.
    """
    conversation = _Conversation(session.transport)
    session.transport.set_protocol(conversation)
    try:
        async with asyncio.timeout(timeout_seconds):
            reply = await conversation.ask(f"MAIL FROM:<{sender}>")
            await conversation.ask("RSET")
            await conversation.ask("QUIT")
    finally:
        session.transport.abort()
    return reply
