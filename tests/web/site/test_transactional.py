"""The mails that pages cause, in the language of their reader."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import httpx
import pytest

from digest.app import App
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import DeliveryState, MailKind, Subscriber, SubscriberState
from digest.outbox.store import figures
from digest.subscribers.rules.consent import CONSENT
from digest.subscribers.rules.preferences import to_texts
from digest.subscribers.store import events, outbox, subscribers
from digest.subscribers.store.events import EventKind

GERMAN = {"Accept-Language": "de-AT,de;q=0.8"}


@pytest.fixture
def mails(sink, settled):
    """The mails that came so far, opened, once the clerk has done what was asked."""

    def opened():
        settled()
        return [message_from_bytes(each.data, policy=policy.default) for each in sink.messages]

    return opened


@pytest.fixture
def ask(web, clock, mails):
    """Fill in the form; return the address of the page in the mail."""

    def send(email: str, headers: dict[str, str]) -> str:
        page = web.get("/", headers=headers).text
        token = re.search(r'name="token" value="([\w-]+)"', page)[1]
        clock.now += timedelta(seconds=10)
        data = {"email": email, "topic": ["compression"], "token": token, "website": ""}
        assert web.post("/subscribe", data=data, headers=headers).status_code == 200
        text = mails()[-1].get_body(("plain",)).get_content()
        return re.search(r"http://127\.0\.0\.1:8000(/c/[\w-]+)\s", text)[1]

    return send


def who(app: App, address: str) -> Subscriber:
    with app.database.read() as session:
        return subscribers.get(session, address)


def page_of(app: App, purpose: Purpose, reader: Subscriber) -> str:
    letter = {Purpose.PREFERENCES: "p", Purpose.UNSUBSCRIBE: "u"}[purpose]
    return f"/{letter}/{LinkSigner(app.settings.keys).token(purpose, reader.id, reader.nonce)}"


def save(web: httpx.Client, app: App, reader: Subscriber, **changes: str) -> httpx.Response:
    fields = {**to_texts(reader.preferences), "do": "save", **changes}
    topics = {f"topic-{slug}": "1" for slug in reader.preferences.topics}
    return web.post(page_of(app, Purpose.PREFERENCES, reader), data={**fields, **topics})


def test_who_asks_in_german_gets_german_mail_and_is_welcomed_once(web, app, ask, mails):
    link = ask("ann@example.org", GERMAN)
    invitation = mails()[0]
    assert invitation["Subject"] == "Bitte bestätigen: Daily papers"
    assert "List-Unsubscribe" not in invitation
    for _ in range(2):
        assert "Sie sind angemeldet" in web.post(link).text  # whatever this browser wants
    found = who(app, "ann@example.org")
    assert (found.state, found.preferences.language) == (SubscriberState.ACTIVE, "de")
    with app.database.read() as session:
        asked = events.newest(session, found.id, EventKind.ASKED)
    assert asked.detail["agreed"] == f"{CONSENT.version}-de"
    _, welcome = mails()
    assert welcome["Subject"] == "Willkommen bei Daily papers"
    text = welcome.get_body(("plain",)).get_content()
    assert len(re.findall(r"^\[\d\] https?://", text, re.MULTILINE)) == 5
    assert "Ihr Thema: Kompression" in text
    assert "/u/" in text
    assert not [name for name in welcome if name.lower().startswith("list-")]


def test_the_welcome_is_no_delivery(web, app, ask, mails):
    web.post(ask("ann@example.org", {}))
    assert mails()[-1]["Subject"] == "Welcome to Daily papers"
    found = who(app, "ann@example.org")
    with app.database.read() as session:
        from digest.delivery.store import ledger

        assert not list(ledger.entries(session, address=found.address))


def test_a_change_is_told_once_a_day_and_can_be_taken_back(web, app, ask, mails, clock):
    web.post(ask("ann@example.org", {}))
    before = who(app, "ann@example.org")
    save(web, app, before, hour="5")
    save(web, app, before, hour="6")
    (told,) = (each for each in mails() if "were changed" in each["Subject"])
    assert "07:00 → 05:00" in told.get_body(("plain",)).get_content()
    clock.now += timedelta(days=1, seconds=1)
    save(web, app, before, hour="9")
    told = mails()[-1]
    assert "→ 09:00" in told.get_body(("plain",)).get_content()
    undo = re.search(r":8000(/undo/[\w-]+)", told.get_body(("plain",)).get_content())[1]
    assert web.get(undo).status_code == 200
    assert web.post(undo).status_code == 200
    assert who(app, "ann@example.org").preferences.schedule.hour == 6


def test_who_leaves_hears_goodbye_once_and_may_come_back(web, app, ask, mails):
    web.post(ask("ann@example.org", {}))
    page = page_of(app, Purpose.UNSUBSCRIBE, who(app, "ann@example.org"))
    for _ in range(2):
        assert web.post(page).status_code == 200
    (goodbye,) = (each for each in mails() if "unsubscribed" in each["Subject"])
    undo = re.search(r":8000(/undo/[\w-]+)", goodbye.get_body(("plain",)).get_content())[1]
    web.post(undo)
    assert who(app, "ann@example.org").state is SubscriberState.ACTIVE


def test_leaving_and_coming_back_all_day_brings_one_goodbye(web, app, ask, mails, clock):
    web.post(ask("ann@example.org", {}))
    page = page_of(app, Purpose.UNSUBSCRIBE, who(app, "ann@example.org"))

    def goodbyes() -> int:
        return sum("unsubscribed" in each["Subject"] for each in mails())

    for _ in range(5):
        left = web.post(page)
        assert goodbyes() == 1
        web.post(re.search(r'action="(/undo/[\w-]+)"', left.text)[1])
        assert who(app, "ann@example.org").state is SubscriberState.ACTIVE
    clock.now += timedelta(days=1, seconds=1)
    web.post(page)
    assert goodbyes() == 2


def test_a_goodbye_that_nobody_needs_any_more_is_not_sent(web, app, ask, mails, sink, settled):
    web.post(ask("ann@example.org", {}))
    settled()
    reader = who(app, "ann@example.org")
    with app.database.write() as session:  # as if an undo were quicker than the outbox
        outbox.add(session, MailKind.GOODBYE, reader.id, 1, now=app.clock())
    mails()
    with app.database.read() as session:
        (line, *_) = figures.entries(session)
    assert (line.kind, line.state) == (MailKind.GOODBYE, DeliveryState.SKIPPED)
    assert line.reply == "the subscriber is active"


def test_a_page_speaks_the_language_that_the_browser_asks_for(web):
    page = web.get("/", headers=GERMAN)
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]
    assert '<html lang="de" dir="ltr">' in page.text
    assert "Effiziente Inferenz" in page.text
    assert "set-cookie" not in page.headers
    for address in ("/archive", "/topics", "/topics/compression", "/help", "/nowhere"):
        shown = web.get(address, headers=GERMAN)
        assert shown.headers["Content-Language"] == "de"
        assert "Archiv</a>" in shown.text
    english = web.get("/")
    assert english.headers["Content-Language"] == "en"
    assert '<html lang="en" dir="ltr">' in english.text


def test_a_readers_own_pages_speak_his_language_whatever_the_browser_wants(web, app, ask):
    web.post(ask("ann@example.org", {}))
    reader = who(app, "ann@example.org")
    assert "Gespeichert" in save(web, app, reader, language="de").text
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE):
        page = web.get(page_of(app, purpose, reader), headers={"Accept-Language": "en"})
        assert page.headers["Content-Language"] == "de"
    assert who(app, "ann@example.org").preferences.language == "de"
    assert "Saved" in save(web, app, reader, language="en").text


def test_who_is_erased_is_told_so_once_and_without_a_link_of_theirs(web, app, ask, mails):
    web.post(ask("ann@example.org", GERMAN))
    reader = who(app, "ann@example.org")
    count = len(mails())
    web.post(f"{page_of(app, Purpose.PREFERENCES, reader)}/erase")
    (last,) = mails()[count:]
    assert last["To"] == "ann@example.org"
    assert last["Subject"] == "Daily papers hat Ihre Daten gelöscht"
    text = last.get_body(("plain",)).get_content()
    assert not re.search(r"/(u|p|undo|c)/", text)
    assert who(app, "ann@example.org") is None


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.SUPPRESSED])
def test_nobody_is_told_of_the_end_who_never_agreed(web, app, subscribe, mails, state):
    subscribe("bob")
    reader = who(app, "bob@example.org")
    with app.database.write() as session:
        subscribers.set_state(session, reader.id, state)
    assert web.post(f"{page_of(app, Purpose.PREFERENCES, reader)}/erase").status_code == 200
    assert mails() == []


def test_a_change_by_the_api_is_told_like_one_by_the_page(web, app, subscribe, mails):
    subscribe("bob")
    reader = who(app, "bob@example.org")
    token = page_of(app, Purpose.PREFERENCES, reader).removeprefix("/p/")
    bearer = {"Authorization": f"Bearer {token}"}
    for topics in ({"coding": 2}, {"speech": 1}):
        answer = web.put("/api/v1/preferences", headers=bearer, json={"topics": topics})
        assert answer.status_code == 200
    (told,) = mails()
    assert told["To"] == "bob@example.org"
    assert "/undo/" in told.get_body(("plain",)).get_content()


def test_the_form_writes_to_a_mailbox_once_an_hour_under_whatever_spelling(web, ask, mails, clock):
    ask("v3@gmail.com", {})
    ask("v.3+a@gmail.com", {})
    page = web.get("/").text
    token = re.search(r'name="token" value="([\w-]+)"', page)[1]
    clock.now += timedelta(seconds=10)
    data = {"email": "v3+b@googlemail.com", "token": token}
    answer = web.post("/subscribe", data=data)
    assert answer.status_code == 200
    assert answer.text == web.post("/subscribe", data={**data, "email": "x@example.org"}).text
    assert [mail["To"] for mail in mails()] == ["v3@gmail.com", "x@example.org"]
