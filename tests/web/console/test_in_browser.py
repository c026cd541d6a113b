"""The console in a real browser: sign in with a passkey and with codes; live figures; axe."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from digest.accounts import accounts, links, signing_in
from digest.app import build_app
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.devtools.sink.sink import listen
from digest.ground.text.plain_text import clean
from digest.model import Role, Stage, SubscriberState
from digest.settings import load_settings
from digest.subscribers.store import subscribers
from digest.web.pages import make_site
from digest.workers import local
from tests.factories import DAY
from tests.service import Clock
from tests.web.console.conftest import PASSWORD, code_at, make_account
from tests.web.eyes import Eye
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
]


@pytest.fixture
def local_console(sqlite_url, files):
    """A console at http://localhost: passkeys are for names, not for numbers."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    address = f"http://localhost:{port}"
    settings = load_settings(
        database_url=sqlite_url, secret_key="a key for the tests only", base_url=address
    )
    app = build_app(settings, clock=Clock(), files=files)
    with serving(make_site(app), port):
        yield app, address
    app.close()


def test_an_account_is_set_up_with_a_passkey_and_opened_by_it(browser, local_console):
    app, address = local_console
    account = accounts.add(app.database, "ann@example.org", Role.EDITOR, app.clock())
    token = links.invite(app.database, app.identity.token_signer, account, app.clock())
    context = browser.new_context()
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{address}/admin/link/{token}")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(f"{address}/admin")
    page.goto(f"{address}/admin/account")
    assert "My phone" in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{address}/admin")
    assert "ann@example.org" in page.content()
    context.close()


def test_codes_open_it_without_javascript_and_figures_move_with_it(
    browser, app, site, clock, subscribe, sink
):
    make_account(app, Role.OWNER)
    subscribe(*[f"reader{number}" for number in range(40)])
    clock.now += timedelta(hours=1)  # the code that set it up is used
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site}/admin")
    page.get_by_label("Email address").fill("owner@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code of your authenticator").fill(code_at(app))
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Today"
    cookies = page.context.cookies()
    page.context.close()

    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    violations = []
    page.on("console", lambda each: violations.append(each.text) if "policy" in each.text else 0)
    page.goto(f"{site}/admin")
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.4")])
    sending = threading.Thread(target=lambda: local.send(app, DAY))
    sending.start()
    page.get_by_text("It is being sent").wait_for(timeout=20_000)
    page.get_by_text("It is out: 40 of 40 mails were accepted.").wait_for(timeout=30_000)
    sending.join()
    assert violations == []
    context.close()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_figures_wait_while_somebody_writes_among_them(browser, app, site, subscribe, sink):
    account = make_account(app, Role.OWNER)
    subscribe("ann", "bob")
    app.editions.open(DAY)
    context = browser.new_context()
    secret = signing_in.begin(app.database, account.id, Stage.FULL, "a browser", app.clock())
    context.add_cookies([{"name": "digest", "value": secret, "url": site}])
    page = context.new_page()
    page.goto(f"{site}/admin")
    page.get_by_label("Reason, if any").fill("a look fir")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(local.send, app, DAY).result()
    page.wait_for_timeout(5000)  # two looks of the stream
    page.get_by_label("Reason, if any").type("st")
    assert page.get_by_label("Reason, if any").input_value() == "a look first"
    page.get_by_label("Reason, if any").fill("")
    page.get_by_role("heading", level=1).click()
    page.get_by_text("It is out: 2 of 2 mails were accepted.").wait_for(timeout=20_000)
    context.close()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_axe_finds_nothing(browser, app, site, clock, subscribe, sink):
    account = make_account(app, Role.OWNER)
    make_account(app, Role.VIEWER)
    subscribe("ann", "bob", "cyd")
    sink.replies = {"ann@example.org": "554 5.7.1 not wanted"}
    with ThreadPoolExecutor(1) as thread:  # the browser has an event loop in this one
        thread.submit(local.send, app, DAY).result()
    eye = Eye(browser, site)
    eye.get("/admin/sign-in", "console-sign-in")
    eye.post("/admin/sign-in", "console-sign-in-wrong", 422, address="a@example.org")
    token = links.invite(app.database, app.identity.token_signer, account, app.clock())
    eye.get(f"/admin/link/{token}", "console-link")
    for stage, pages in (
        (Stage.FIRST, ["code"]),
        (Stage.FULL, ["", "account", "set-up", "accounts", "audit", "more", "missing"]),
        (Stage.FULL, [f"today/{DAY}/failed", "edition", "edition/preview"]),
        (Stage.FULL, ["edition/preview?view=text", "edition/preview?view=headers"]),
    ):
        secret = signing_in.begin(app.database, account.id, stage, "a browser", app.clock())
        eye.page.context.add_cookies([{"name": "digest", "value": secret, "url": site}])
        for path in pages:
            status = 404 if path == "missing" else 200
            name = re.sub(r"[/?=]", "-", f"console-{path or 'today'}")
            eye.get(f"/admin/{path}".rstrip("/"), name, status)
    eye.page.context.close()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_what_an_editor_changes_is_in_the_mail_and_readers_are_looked_after(
    browser, app, site, subscribe, sink
):
    account = make_account(app, Role.OWNER)
    subscribe("ann", "bob", "cyd")
    edition = app.editions.open(DAY).edition
    first, second, *_, last = (clean(each.paper.title) for each in edition.candidates)
    context = browser.new_context()
    secret = signing_in.begin(app.database, account.id, Stage.FULL, "a browser", app.clock())
    context.add_cookies([{"name": "digest", "value": secret, "url": site}])
    page = context.new_page()

    page.goto(f"{site}/admin/edition")
    paper = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=first))
    paper.first.get_by_role("button", name="Drop").click()
    assert "The paper is dropped" in page.get_by_role("status").inner_text()
    page.get_by_label("Words in the title").fill(last)
    page.get_by_role("button", name="Find").click()
    paper = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=last))
    paper.first.get_by_role("button", name="Pin", exact=True).click()
    page.goto(f"{site}/admin/edition")
    page.get_by_label("A note, shown above the papers").fill("Read the second one first.")
    page.get_by_role("button", name="Keep the note").first.click()
    page.get_by_role("link", name="Preview a mail").click()
    page.get_by_label("address or number").fill("ann@example.org")
    page.get_by_role("button", name="Show theirs").click()
    shown = page.frame_locator("iframe").locator("body")
    assert last in shown.inner_text()
    assert "Read the second one first." in shown.inner_text()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(local.send, app, DAY).result()
    mail = message_from_bytes(
        next(one.data for one in sink.messages if one.recipients == ("ann@example.org",)),
        policy=policy.default,
    )
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "Read the second one first." in text
    assert last in text
    assert first not in text
    if second in text:
        assert text.index(last) < text.index(second)

    page.goto(f"{site}/admin/readers")
    page.get_by_label("Search").fill("bob@example.org")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="bob@example.org").click()
    page.get_by_label("Never mail this address again, because").fill("asked by letter")
    page.get_by_role("button", name="Suppress").click()
    assert "suppressed" in page.content()
    with app.database.read() as session:
        cyd = subscribers.get(session, "cyd@example.org")
    page.goto(f"{site}/admin/readers/{cyd.id}")
    page.get_by_label("Erase this reader").fill(str(cyd.id))
    page.get_by_role("button", name="Erase").click()
    with app.database.read() as session:
        assert subscribers.get(session, "cyd@example.org") is None
        assert subscribers.get(session, "bob@example.org").state is SubscriberState.SUPPRESSED
    context.close()
