"""What a corporate link scanner does to a mail: it fetches every address that is in it."""

import re
from email import message_from_bytes, policy

import httpx
from sqlalchemy import select

from digest.ground.database.tables.whole import Base
from digest.workers import local
from tests.factories import DAY


def everything(app) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with app.database.read() as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def ours(data: bytes) -> set[str]:
    """Return the paths of all our pages that headers, text and HTML of a mail name."""
    message = message_from_bytes(data, policy=policy.default)
    texts = [str(value) for value in message.values()]
    texts += [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    found = re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"<>)]*)", "\n".join(texts))
    return {path.replace("&amp;", "&") for path in found}


def test_get_and_head_of_every_address_of_every_mail_change_nothing(
    web: httpx.Client, app, reader, sink, settled
):
    local.send(app, DAY)
    app.opt_in.ask(asking("new@example.org"))
    settled()
    paths = set().union(*(ours(message.data) for message in sink.messages))
    kinds = {path.split("/")[1] for path in paths}
    assert kinds == {
        "u",
        "p",
        "v",
        "more",
        "less",
        "archive",
        "help",
        "c",
        "not-me",
        "papers",
        "votes",
    }
    before = everything(app)
    assert len(before["deliveries"]) == 1
    for path in sorted(paths):
        for way in (web.head, web.get):
            answer = way(path)
            assert answer.status_code == 200, path
            assert "set-cookie" not in answer.headers
        # Scanners that render pages load what they name, too.
        for link in re.findall(r'href="(/[^"#]*)"', answer.text):
            assert web.get(link.replace("&amp;", "&")).status_code == 200, link
    assert everything(app) == before


def asking(address: str):
    from digest.subscribers.opt_in import Asking

    return Asking(address, (), "127.0.0.1")
