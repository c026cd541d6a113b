"""axe-core on the pages of settings, doctor, runs, alerts and webhooks."""

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest

from digest.operations.alert_mailer import AlertMailer
from digest.operations.rules.alerts import Alert
from digest.runs import runs
from digest.runs.store import runs as store
from digest.web.console.operations import doctor
from digest.webhooks.rules.news import MEANINGS
from tests.sources.http.servers import WebServer, answer, in_turn
from tests.web.test_accessible import Eye
from tests.webhooks.conftest import delivery, hooks

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("app", ["sqlite"], indirect=True),
]
__all__ = ["delivery", "hooks"]  # fixtures


@pytest.fixture
def filled(app, hooks, delivery, clock):
    """A service of which there is something to see; return the number of a webhook."""

    def fill():
        run = store.Run("bad1", "send", clock(), clock(), "it broke off", {"states": {"sent": 2}})
        runs.record(app.database, run)
        doctor.examine(app)
        mailer = AlertMailer(app.database, "op@example.org", ZoneInfo("UTC"), clock)
        mailer.queue([Alert("one", "Something is wrong", "", ""), Alert("two", "Else is", "", "")])
        mailer.queue([Alert("two", "Else is", "", "")])
        with WebServer() as receiver:
            receiver.pages["/in"] = in_turn(answer(b"ok"), answer(b"no", status=500))
            made, _ = hooks.add(receiver.url("/in"), MEANINGS, with_addresses=False)
            delivery.test(made.id)
            delivery.test(made.id)
        return made.id

    with ThreadPoolExecutor(1) as thread:  # a browser's test has an event loop in its own
        return thread.submit(fill).result()


def test_they_are_accessible(browser, site, signed_in, filled):
    hand = signed_in()
    eye = Eye(browser, site)
    cookie = {"name": "digest", "value": hand.cookies["digest"], "url": site}
    eye.page.context.add_cookies([cookie])
    for path, status in (
        ("more", 200),
        ("runs", 200),
        ("runs/bad1", 200),
        ("alerts", 200),
        ("doctor", 200),
        ("settings?q=web", 200),
        ("webhooks", 200),
        (f"webhooks/{filled}", 200),
        ("webhooks/99", 404),
    ):
        eye.get(f"/admin/{path}", f"console-{path.replace('/', '-')}", status)
    fields = {"csrf": hand.token, "url": "https://93.184.215.14/", "news": "reader.left"}
    eye.post("/admin/webhooks", "console-webhook-made", **fields)
    eye.post("/admin/webhooks", "console-webhook-mistake", 422, **{**fields, "url": "ftp:"})
    eye.page.context.close()
