"""Many requests at once: each in its turn, and a question for our health before all of them."""

import asyncio

from starlette.types import Receive, Scope, Send

from digest.web.turns import Turns

WAITING = 60


class Pages:
    """Pages that note who comes, and how often the event loop looked around until then."""

    def __init__(self) -> None:
        self.looks = 0
        self.came: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.append((scope["path"], self.looks))

    async def look(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.looks += 1


async def _nothing() -> dict[str, str]:
    return {"type": "http.disconnect"}


async def _send(_message: object) -> None: ...


def come(turns: Turns, path: str) -> asyncio.Task[None]:
    return asyncio.create_task(turns({"type": "http", "path": path}, _nothing, _send))


def test_a_few_begin_at_a_time_in_their_order_and_health_does_not_wait():
    async def all_come() -> Pages:
        pages = Pages()
        turns = Turns(pages, most=4)
        looking = asyncio.create_task(pages.look())
        coming = [come(turns, f"/{number}") for number in range(WAITING)]
        coming.append(come(turns, "/healthz"))
        await asyncio.gather(*coming)
        looking.cancel()
        return pages

    pages = asyncio.run(all_come())
    paths = [path for path, _ in pages.came]
    assert paths.index("/healthz") == 4
    assert [path for path in paths if path != "/healthz"] == [f"/{one}" for one in range(WAITING)]
    begun = [looks for path, looks in pages.came if path != "/healthz"]
    assert max(begun.count(looks) for looks in begun) == 4


def test_who_has_gone_takes_nobodys_turn():
    async def some_go() -> Pages:
        pages = Pages()
        turns = Turns(pages, most=1)
        coming = [come(turns, f"/{number}") for number in range(6)]
        await asyncio.sleep(0)
        for gone in coming[1:4]:
            gone.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
        await come(turns, "/later")
        return pages

    assert [path for path, _ in asyncio.run(some_go()).came] == ["/0", "/4", "/5", "/later"]
