"""A process that was started before an upgrade of its database stops taking work."""

import asyncio
import multiprocessing
import threading
from contextlib import suppress

import httpx
import pytest
from sqlalchemy import text

from digest.app import App
from digest.delivery import planning
from digest.errors import SchemaError
from digest.ground.database.engine import Database
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.scheduler.scheduler import Scheduler
from digest.scheduler.tasks import TASKS
from digest.subscribers import unsubscribe
from digest.web.pages import make_site
from digest.workers import fleet
from tests.delivery.test_standing_still import Relay
from tests.factories import DAY


def upgrade(app: App) -> None:
    """Bring the database to a newer schema, as another program would."""
    other = Database(app.settings.database_url.get_secret_value())
    with other.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    other.close()


def test_nothing_is_written_and_the_error_says_what_to_do(app, subscribe):
    subscribe("ann")
    upgrade(app)
    with pytest.raises(SchemaError, match="brought to schema 9999 while this") as caught:
        subscribe("bob")
    assert caught.value.exit_code == 2  # which the systemd units do not answer by another start
    assert "start it again" in caught.value.hint


def test_a_sender_leaves_the_rest_and_its_journal_settles_what_it_did(app, subscribe, clock):
    subscribe("ann", "bob", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=clock())
    relay = Relay(lambda: upgrade(app))
    with pytest.raises(SchemaError):
        app.delivery.sender(edition, relay).run()
    app.database.revision = "9999"  # the new program
    app.delivery.recover()
    again = Relay()
    app.delivery.sender(edition, again).run()
    assert set((relay.handed_over + again.handed_over).values()) == {1}


def test_the_scheduler_ends(app):
    stop = threading.Event()
    with Scheduler(app, TASKS, stop) as scheduler:
        assert not stop.wait(1)
        upgrade(app)
        scheduler.run_now("watch")
        assert stop.wait(20)
        with pytest.raises(SchemaError):
            scheduler.wait()


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_a_worker_of_a_fleet_ends(app):
    app.database.knock()
    upgrade(app)
    with pytest.raises(SchemaError):
        fleet.run(app, lambda: False, lambda: None)


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
@pytest.mark.parametrize("error", [BrokenPipeError, RuntimeError])
def test_no_process_of_a_worker_outlives_it(app, error):
    """Nobody reads what is said at the end, or it ends by an error."""

    def ending() -> None:
        assert multiprocessing.active_children()
        raise error

    with suppress(RuntimeError):
        fleet.run(app, lambda: bool(multiprocessing.active_children()), ending)
    assert multiprocessing.active_children() == []


def test_pages_that_write_answer_503_and_the_others_go_on(app, subscribe, caplog):
    async def ask(pages) -> list[int]:
        transport = httpx.ASGITransport(pages)
        async with httpx.AsyncClient(transport=transport, base_url="http://pages") as web:
            opened = int(app.clock().timestamp()) - 60
            token = TokenSigner(app.settings.keys).sign_form(opened)
            form = {"email": "ann@example.org", "token": token}
            leave = LinkSigner(app.settings.keys).token(Purpose.UNSUBSCRIBE, 1, nonce)
            answers = [
                await web.post("/subscribe", data=form),
                await web.post(f"/u/{leave}", data={"List-Unsubscribe": "One-Click"}),
                await web.get("/"),
            ]
            return [answer.status_code for answer in answers]

    subscribe("ann")
    nonce = unsubscribe.get(app.database, 1).nonce
    pages = make_site(app)
    upgrade(app)
    assert asyncio.run(ask(pages)) == [503, 503, 200]
    assert "brought to schema 9999" in caplog.text
