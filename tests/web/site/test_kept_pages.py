"""Pages that many share show each reader their own, and are made once for all who wait."""

import asyncio
import threading

import pytest

from digest.ground.tokens.links import LinkSigner, Purpose
from digest.subscribers import subscriptions
from digest.web.site.quick.kept_pages import Hole, KeptPages


@pytest.mark.parametrize(("path", "purpose"), [("p", "preferences"), ("u", "unsubscribe")])
def test_readers_who_share_a_page_see_their_own(web, app, subscribe, path, purpose):
    subscribe("ann", "bob", interests="<b>KV cache</b>")
    links = LinkSigner(app.settings.keys)
    readers = [subscriptions.find(app.database, f"{each}@example.org") for each in ("ann", "bob")]
    tokens = [links.token(Purpose(purpose), one.id, one.nonce) for one in readers]
    pages = [web.get(f"/{path}/{token}").text for token in tokens]
    for own, other in ((0, 1), (1, 0)):
        assert f"/{path}/{tokens[own]}" in pages[own]
        assert tokens[other] not in pages[own]
        assert readers[other].address not in pages[own]
    if path == "p":
        assert all(one.address in page for one, page in zip(readers, pages, strict=True))
        assert all("&lt;b&gt;KV cache&lt;/b&gt;" in page for page in pages)


def test_a_hole_is_filled_with_escaped_text_wherever_it_is():
    one, other = Hole(), Hole()
    page = f"<a href='{one}'>{one}</a>{other}".encode()
    assert one.fill(page, "<&>") == f"<a href='&lt;&amp;&gt;'>&lt;&amp;&gt;</a>{other}".encode()


def test_a_page_that_takes_long_is_made_once_for_all_who_wait(clock):
    made, may_end = [], threading.Event()
    kept = KeptPages(clock)

    def make() -> bytes:
        may_end.wait(30)
        made.append(1)
        return b"made"

    async def ask_ten() -> list[bytes]:
        asked = [asyncio.create_task(kept.get("a page", make)) for _ in range(10)]
        await asyncio.sleep(0)
        may_end.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(ask_ten()) == [b"made"] * 10
    assert made == [1]
