"""What the pages said last is told at once, and only for as long as it says something."""

import asyncio
from collections.abc import Awaitable, Callable

from digest.web.health_process import Health

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
GONE = b"HTTP/1.1 503 "


class Pages:
    """Something that listens as the pages do. hangs: it says nothing any more."""

    def __init__(self) -> None:
        self.hangs = False
        self.asked: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        if self.hangs:
            await reader.read()  # until whoever asks has had enough
        else:
            writer.write(OK)
        writer.close()
        await writer.wait_closed()


def with_pages(check: Callable[[Pages, asyncio.Server, int], Awaitable[None]]) -> None:
    async def run() -> None:
        pages = Pages()
        server = await asyncio.start_server(pages.serve, "127.0.0.1", 0)
        await check(pages, server, server.sockets[0].getsockname()[1])
        server.close()
        await asyncio.sleep(0.1)  # connections come to their ends

    asyncio.run(run())


def test_it_tells_what_the_pages_said_until_that_is_too_old():
    async def check(pages: Pages, _server: asyncio.Server, port: int) -> None:
        health = Health("127.0.0.1", port, oldest_seconds=1.5)
        assert health.told("/healthz").startswith(GONE)  # nothing is known yet
        await health.look("/healthz")
        assert health.told("/healthz") == OK
        assert health.told("/readyz").startswith(GONE)
        assert pages.asked[0].startswith(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        pages.hangs = True
        looking = asyncio.create_task(health.look("/healthz"))
        await asyncio.sleep(0.1)
        assert health.told("/healthz") == OK
        await looking
        assert health.told("/healthz").startswith(GONE)

    with_pages(check)


def test_pages_that_are_gone_are_told_at_once():
    async def check(_pages: Pages, server: asyncio.Server, port: int) -> None:
        health = Health("127.0.0.1", port)
        await health.look("/healthz")
        server.close()
        await server.wait_closed()
        await health.look("/healthz")
        assert health.told("/healthz").startswith(GONE)

    with_pages(check)


def test_it_answers_two_questions_and_nothing_else():
    async def ask(port: int, question: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(question)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def check(_pages: Pages, _server: asyncio.Server, port: int) -> None:
        health = Health("127.0.0.1", port)
        await health.look("/healthz")
        own = await asyncio.start_server(health.serve, "127.0.0.1", 0)
        at = own.sockets[0].getsockname()[1]
        assert await ask(at, b"GET /healthz?x=1 HTTP/1.1\r\nHost: x\r\n\r\n") == OK
        assert await ask(at, b"HEAD /healthz HTTP/1.1\r\n\r\n") == OK.removesuffix(b"ok\n")
        assert await ask(at, b"GET http://x/healthz HTTP/1.1\r\n\r\n") == OK
        assert (await ask(at, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
        assert (await ask(at, b"POST /healthz HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
        assert (await ask(at, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 405 ")
        assert await ask(at, b"GET /healthz") == b""
        own.close()

    with_pages(check)


def test_whoever_only_holds_connections_keeps_nobody_from_asking():
    async def check(_pages: Pages, _server: asyncio.Server, port: int) -> None:
        health = Health("127.0.0.1", port)
        await health.look("/healthz")
        own = await asyncio.start_server(health.serve, "127.0.0.1", 0)
        at = own.sockets[0].getsockname()[1]
        silent = [await asyncio.open_connection("127.0.0.1", at) for _ in range(150)]
        reader, writer = await asyncio.open_connection("127.0.0.1", at)
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), 2) == OK
        for _, one in [*silent, (reader, writer)]:
            one.close()
        own.close()

    with_pages(check)
