"""Mails to single readers on either database, with a sink."""

import json

import pytest

from digest.outbox.store import figures
from digest.subscribers.opt_in import Asking
from digest.subscribers.store import outbox


@pytest.fixture
def ask(app):
    """Fill in the form for people by the local parts of their addresses."""

    def fill_in(*names: str) -> None:
        for name in names:
            app.opt_in.note(Asking(f"{name}@example.org", (), "192.0.2.1"))

    return fill_in


@pytest.fixture
def lines(app):
    """The outbox, the oldest mail first."""

    def read():
        with app.database.read() as session:
            return list(figures.entries(session))[::-1]

    return read


@pytest.fixture
def alert(app):
    """Queue an alert about something."""

    def queue(name: str, **texts: object) -> None:
        detail = {"address": "ops@example.org", "heading": name, "summary": "It is.", **texts}
        detail = {"lines": ["a line"], "todo": "Look.", **json.loads(json.dumps(detail))}
        with app.database.write() as session:
            outbox.add_alert(session, name, now=app.clock(), detail=detail)

    return queue
