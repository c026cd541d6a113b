import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from digest.bounces.recording import record
from digest.bounces.rules.scoring import BounceRules
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.tables.readers import EventRow, SuppressionRow
from digest.model import Cadence, DeliverySchedule, Feedback, FeedbackKind, SubscriberState
from digest.outbox.store import figures
from digest.subscribers import cleanup, unsubscribe, update_preferences
from digest.subscribers.opt_in import Asking, forget_unconfirmed
from digest.subscribers.store import events, reader_lists, subscribers, suppression_keys
from digest.subscribers.store.events import EventKind
from tests.factories import NOON


@pytest.fixture
def token(web, clock):
    """The token of a form that has been open for long enough."""
    found = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
    clock.now += timedelta(seconds=10)
    return found


@pytest.fixture
def submit(web, token, settled):
    def send(email: str, *topics: str, **fields: str):
        data = {"email": email, "topic": list(topics), "token": token, "website": "", **fields}
        answer = web.post("/subscribe", data=data)
        settled()
        return answer

    return send


@pytest.fixture
def who(app):
    def look(address: str):
        with app.database.read() as session:
            return subscribers.get(session, address)

    return look


def opened(sink, place: int = -1):
    return message_from_bytes(sink.messages[place].data, policy=policy.default)


def link_of(sink, place: int = -1) -> str:
    text = opened(sink, place).get_body(("plain",)).get_content()
    return re.search(r"http://127\.0\.0\.1:8000(/c/[\w-]+)\s", text)[1]


def test_subscribing_takes_two_steps(web, submit, sink, who, app, clock):
    answer = submit("Ann@Example.org", "compression", "coding", "astrology")
    assert answer.status_code == 200
    assert "Check your inbox" in answer.text
    assert "xample.org" not in answer.text
    pending = who("ann@example.org")
    assert pending.state is SubscriberState.PENDING
    link = link_of(sink)
    for way in (web.get, web.head):
        assert way(link).status_code == 200
    assert who("ann@example.org").state is SubscriberState.PENDING
    confirmed = web.post(link)
    assert "You are subscribed" in confirmed.text
    found = who("ann@example.org")
    assert found.state is SubscriberState.ACTIVE
    assert found.preferences.topics == {"compression": 1.0, "coding": 1.0}
    preferences = re.search(r'href="(/p/[\w-]+)"', confirmed.text)[1]
    assert "ann@example.org" in web.get(preferences).text
    with app.database.read() as session:
        asked, agreed = events.for_subscriber(session, found.id)
    assert asked.kind is EventKind.ASKED
    assert (asked.at, asked.detail["ip"]) == (clock.now, "127.0.0.1")
    assert agreed.kind is EventKind.CONFIRMED
    assert agreed.detail == {"asked": asked.id, "ip": "127.0.0.1", "agreed": "2026-11"}
    again = web.post(link)
    assert again.status_code == 200
    with app.database.read() as session:
        assert len(events.for_subscriber(session, found.id)) == 2


def test_the_mail_holds_nothing_that_was_typed_and_no_list_header(submit, sink):
    submit("ann@example.org", "compression", name="Buy now https://evil.example")
    message = opened(sink)
    assert message["To"] == "ann@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "Confirm your subscription to Daily papers"
    assert not [name for name in message if name.lower().startswith(("list-", "precedence"))]
    for kind in ("plain", "html"):
        body = message.get_body((kind,)).get_content()
        assert "/c/" in body
        assert "evil" not in body
        assert "ompression" not in body
    assert message.defects == []
    assert sink.messages[-1].data.isascii()


@pytest.mark.parametrize(
    "address",
    [
        "no address", "", "@", "a" * 400 + "@example.org", "a@b@example.org",
        "ann@example.org\r\nBcc: eve@example.org", "ann@example.org, eve@example.org",
        "ann@example.org\0", "<ann@example.org>", "\u202eann@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_at_its_field(submit, sink, app, address):
    answer = submit(address, "coding", interests="KV cache\nmodel merging", cadence="weekly")
    assert answer.status_code == 422
    assert "Nothing was sent yet" in answer.text
    (field,) = re.findall(r'<input[^>]* id="email"[^>]*>', answer.text)
    assert 'aria-invalid="true" aria-describedby="email-mistake consent"' in field
    assert re.search(r'<span class="mistake" id="email-mistake">[^<]+', answer.text)
    assert 'name="topic" value="coding" checked' in answer.text
    assert 'name="cadence" value="weekly" checked' in answer.text
    assert ">KV cache\nmodel merging</textarea>" in answer.text
    assert sink.messages == []
    with app.database.read() as session:
        assert list(reader_lists.iter_all(session)) == []


def test_the_words_name_what_is_wrong_with_an_address_and_what_was_typed_stays(submit):
    for typed, said in (
        ("hello", "There is no @ in “hello”"),
        ("otto@@example", "There is more than one @ in “otto@@example”"),
        ("", "Please enter your email address"),
    ):
        answer = submit(typed)
        assert said in answer.text
        assert f'name="email" value="{typed}"' in answer.text


def test_after_a_mistake_the_same_form_may_be_sent_at_once(web, submit, sink, settled):
    page = submit("ann").text
    token = re.search(r'name="token" value="([\w-]+)"', page)[1]
    answer = web.post("/subscribe", data={"email": "ann@example.org", "token": token})
    assert "Check your inbox" in answer.text
    settled()
    assert len(sink.messages) == 1


def test_what_was_chosen_on_the_form_is_what_the_reader_gets(submit, sink, who, web):
    submit(
        *("ann@example.org", "coding"),
        **{"interests": " KV cache \r\n\r\nmodel merging", "cadence": "weekly"},
        **{"weekday": "friday", "hour": "6", "timezone": "Europe/Berlin"},
    )
    page = web.get(link_of(sink)).text
    assert "every Friday at 06:00, Europe/Berlin" in page
    web.post(link_of(sink))
    found = who("ann@example.org").preferences
    assert found.topics == {"coding": 1.0}
    assert found.interests == ("KV cache", "model merging")
    assert found.schedule == DeliverySchedule(Cadence.WEEKLY, 6, "Europe/Berlin", 4)


def test_what_cannot_be_used_is_marked_at_its_field(submit, sink):
    answer = submit(
        "ann@example.org",
        **{"interests": "the\n" + "\n".join(f"topic {n}" for n in range(9))},
        **{"cadence": "never", "weekday": "someday", "hour": "25", "timezone": "Mars/Base"},
    )
    assert answer.status_code == 422
    for field in ("interests", "cadence", "weekday", "hour", "timezone"):
        assert f'id="{field}-mistake"' in answer.text
        assert f'aria-describedby="{field}-mistake' in answer.text
    assert "at most 5" in answer.text
    assert 'value="Mars/Base"' in answer.text
    assert sink.messages == []


def test_mistakes_are_told_in_german_too(web, token):
    german = {"Accept-Language": "de"}
    data = {"email": "otto@@example", "token": token, "timezone": "Mars/Base"}
    page = web.post("/subscribe", data=data, headers=german).text
    assert "In „otto@@example“ steht mehr als ein @" in page
    assert "Es wurde noch nichts gesendet." in page


def test_who_comes_back_gets_what_the_form_said_this_time(submit, sink, web, clock, who, app):
    submit("ann@example.org", "coding", cadence="weekly")
    web.post(link_of(sink))
    unsubscribe.unsubscribe(app.database, who("ann@example.org").id, clock.now)
    clock.now += timedelta(hours=2)
    submit("ann@example.org", interests="KV cache", cadence="weekdays", hour="9")
    assert "Monday to Friday at 09:00" in web.get(link_of(sink)).text
    assert who("ann@example.org").preferences.topics == {"coding": 1.0}
    web.post(link_of(sink))
    found = who("ann@example.org").preferences
    assert (found.topics, found.interests) == ({}, ("KV cache",))
    assert (found.schedule.cadence, found.schedule.hour) == (Cadence.WEEKDAYS, 9)


def test_what_was_asked_for_before_the_form_knew_interests_is_confirmed(
    submit, sink, web, who, app
):
    submit("ann@example.org", "coding")
    with app.database.write() as session:
        asked = session.scalars(select(EventRow)).one()
        asked.detail = {"ip": "127.0.0.1", "topics": ["coding"], "agreed": "2026-11"}
    assert web.post(link_of(sink)).status_code == 200
    assert who("ann@example.org").preferences.topics == {"coding": 1.0}


def test_who_loads_the_address_of_the_answer_again_gets_the_form(web):
    led = web.get("/subscribe", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/#subscribe")
    page = web.get("/subscribe", follow_redirects=True)
    assert 'id="subscribe"' in page.text
    assert 'action="/subscribe"' in page.text


def test_new_known_and_suppressed_addresses_get_the_same_answer(submit, subscribe, sink, app, who):
    subscribe("known")
    with app.database.write() as session:
        hashed = suppression_keys.address_hash("gone@example.org")
        session.add(SuppressionRow(address_hash=hashed, reason="complaint", created_at=NOON))
    addresses = ("new@example.org", "known@example.org", "gone@example.org")
    answers = [submit(address) for address in addresses]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    names = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in answers]
    assert all(each == names[0] for each in names)
    mailed = [opened(sink, place)["To"] for place in range(len(sink.messages))]
    assert mailed == ["new@example.org", "known@example.org"]
    assert who("gone@example.org") is None
    assert who("known@example.org").state is SubscriberState.ACTIVE


def bounce(app, clock, kind=FeedbackKind.HARD):
    feedback = Feedback(kind, "dsn", f"{clock.now}", address="ann@example.org", trusted=True)
    record(app.database, feedback, BounceRules(), clock.now)


def ask(app):
    return app.opt_in.ask(Asking("ann@example.org", ("coding",), "192.0.2.1"))


def test_who_bounced_long_ago_may_ask_again_and_another_bounce_begins_anew(
    subscribe, sink, app, clock, who
):
    subscribe("ann")
    bounce(app, clock)
    for days in (29, 1):
        ask(app)
        app.outbox.drain()
        assert sink.messages == []
        assert who("ann@example.org").state is SubscriberState.SUPPRESSED
        clock.now += timedelta(days=days)
    ask(app)
    app.outbox.drain()
    assert len(sink.messages) == 1
    assert who("ann@example.org").state is SubscriberState.UNSUBSCRIBED
    bounce(app, clock)
    clock.now += timedelta(hours=2)
    ask(app)
    app.outbox.drain()
    assert len(sink.messages) == 1


def test_who_may_ask_again_is_subscribed_once_they_confirm(web, subscribe, sink, app, clock, who):
    subscribe("ann")
    bounce(app, clock)
    clock.now += timedelta(days=30)
    ask(app)
    app.outbox.drain()
    assert "You are subscribed" in web.post(link_of(sink)).text
    assert who("ann@example.org").state is SubscriberState.ACTIVE


def test_a_complaint_never_ends_by_itself(subscribe, sink, app, clock):
    subscribe("ann")
    bounce(app, clock, FeedbackKind.COMPLAINT)
    clock.now += timedelta(days=4000)
    ask(app)
    assert sink.messages == []


def test_who_is_subscribed_gets_the_link_of_his_preferences_once_an_hour(
    submit, subscribe, sink, app, web, clock, who
):
    subscribe("ann")
    before = who("ann@example.org")
    submit("Ann@Example.org", "coding", name="Buy now https://evil.example")
    submit("ann@example.org")
    assert len(sink.messages) == 1
    message = opened(sink)
    assert message["Subject"] == "You are already subscribed to Daily papers"
    assert message["Auto-Submitted"] == "auto-generated"
    assert not [name for name in message if name.lower().startswith(("list-", "precedence"))]
    for kind in ("plain", "html"):
        body = message.get_body((kind,)).get_content()
        assert "evil" not in body
        link = re.search(r"http://127\.0\.0\.1:8000(/p/[\w-]+)", body)[1]
        assert "ann@example.org" in web.get(link).text
    assert who("ann@example.org") == before
    with app.database.read() as session:
        (line,) = events.for_subscriber(session, before.id)
    assert (line.kind, line.detail) == (EventKind.REMINDED, {"ip": "127.0.0.1"})
    clock.now += timedelta(hours=1)
    submit("ann@example.org")
    assert len(sink.messages) == 2
    assert opened(sink, 0)["Message-ID"] != opened(sink, 1)["Message-ID"]


def test_who_has_just_confirmed_or_pauses_is_told_too_and_stays_so(
    submit, sink, app, web, clock, who
):
    submit("ann@example.org")
    web.post(link_of(sink))
    submit("ann@example.org")
    assert len(sink.messages) == 2  # the question and the welcome
    clock.now += timedelta(hours=1)
    update_preferences.pause(app.database, who("ann@example.org").id, "2026-12-24", clock.now)
    submit("ann@example.org")
    assert opened(sink)["Subject"] == "You are already subscribed to Daily papers"
    assert who("ann@example.org").state is SubscriberState.PAUSED


def test_international_addresses_are_taken(submit, sink, who, web):
    submit("Grüße@Bücher.example.org")
    assert who("grüße@bücher.example.org").state is SubscriberState.PENDING
    assert sink.messages[-1].recipients == ("grüße@xn--bcher-kva.example.org",)
    assert web.post(link_of(sink)).status_code == 200


def test_at_most_one_confirmation_an_hour(submit, sink, clock, web, who):
    submit("ann@example.org")
    submit("ann@example.org")
    assert len(sink.messages) == 1
    clock.now += timedelta(hours=1)
    submit("ANN@example.org", "coding")
    assert len(sink.messages) == 2
    assert web.post(link_of(sink, 0)).status_code == 200
    assert web.post(link_of(sink, 1)).status_code == 404
    assert who("ann@example.org").state is SubscriberState.ACTIVE


def test_a_link_that_is_too_old_or_spent_or_altered_does_nothing(submit, sink, web, clock, who):
    submit("ann@example.org")
    link = link_of(sink)
    for wrong in (link[:-2] + "AA", "/c/x", "/c/" + "A" * 60):
        assert web.get(wrong).status_code == 404
        assert web.post(wrong).status_code == 404
    clock.now += timedelta(hours=72, seconds=1)
    assert web.get(link).status_code == 404
    assert web.post(link).status_code == 404
    assert who("ann@example.org").state is SubscriberState.PENDING


def test_who_left_comes_back_only_by_a_new_confirmation(submit, sink, web, clock, who, app):
    submit("ann@example.org", "coding")
    link = link_of(sink)
    web.post(link)
    unsubscribe.unsubscribe(app.database, who("ann@example.org").id, clock.now)
    assert web.post(link).status_code == 404
    clock.now += timedelta(hours=2)
    submit("ann@example.org")
    assert who("ann@example.org").state is SubscriberState.UNSUBSCRIBED
    assert web.post(link_of(sink)).status_code == 200
    found = who("ann@example.org")
    assert (found.state, found.preferences.topics) == (SubscriberState.ACTIVE, {"coding": 1.0})


def test_a_complaint_ends_an_open_confirmation(submit, sink, web, who, app):
    submit("ann@example.org")
    with app.database.write() as session:
        hashed = suppression_keys.address_hash("ann@example.org")
        session.add(SuppressionRow(address_hash=hashed, reason="complaint", created_at=NOON))
    assert web.post(link_of(sink)).status_code == 404
    assert who("ann@example.org").state is SubscriberState.PENDING


def test_a_mail_that_could_not_be_sent_comes_by_itself(submit, sink, clock, settled):
    sink.misbehaviour = Misbehaviour([parse_rule("first 1 at rcpt: 451 4.3.2 try again later")])
    submit("ann@example.org")
    submit("ann@example.org")
    assert sink.messages == []
    clock.now += timedelta(minutes=6)
    settled()
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]


def test_a_relay_that_is_down_costs_nobody_their_mail(web, token, sink, clock, settled):
    sink.stop()
    form = {"email": "ann@example.org", "token": token, "website": ""}
    assert "Check your inbox" in web.post("/subscribe", data=form).text
    clock.now += timedelta(hours=9)  # longer than all retries of a mail that was refused
    sink.start()
    settled()
    assert link_of(sink)
    assert len(sink.messages) == 1


def test_who_asks_every_twenty_minutes_for_ten_days_brings_three_mails(
    submit, sink, clock, who, app
):
    for _ in range(10 * 24):  # of a visitor each, every hour: more is no other answer
        app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
        clock.now += timedelta(minutes=20)
        app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.2"))
        clock.now += timedelta(minutes=40)
        forget_unconfirmed(app.database, clock.now)
    with app.database.read() as session:
        assert len(list(figures.entries(session))) == 4
    for _ in range(5 * 24):
        clock.now += timedelta(hours=1)
        app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
        forget_unconfirmed(app.database, clock.now)
    assert who("ann@example.org") is None  # although somebody still asks
    with app.database.read() as session:
        assert len(list(figures.entries(session))) == 4


def test_not_me_ends_the_asking_and_forgets_the_address(
    submit, sink, web, clock, who, app, settled
):
    submit("ann@example.org")
    text = opened(sink).get_body(("plain",)).get_content()
    link = re.search(r"http://127\.0\.0\.1:8000(/not-me/[\w-]+)\s", text)[1]
    assert f'href="http://127.0.0.1:8000{link}"' in opened(sink).get_body(("html",)).get_content()
    page = web.get(link)
    assert page.status_code == 200
    assert "ann@example.org" in page.text
    assert who("ann@example.org") is not None  # a scanner has loaded it
    assert "No more email" in web.post(link).text
    assert who("ann@example.org") is None
    assert web.post(link_of(sink)).status_code == 404
    for days in (0, 8, 300, 56):  # the last one lies within the year
        clock.now += timedelta(days=days)
        cleanup.tidy(app.database, clock.now)
        assert not app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
    assert len(sink.messages) == 1
    assert who("ann@example.org") is None
    clock.now += timedelta(days=2)
    assert app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
    settled()
    assert len(sink.messages) == 2
    for wrong in (
        link,
        "/not-me/x",
        link[:-3] + "AAA",
        link_of(sink, 0).replace("/c/", "/not-me/"),
    ):
        assert web.get(wrong).status_code == 404
        assert web.post(wrong).status_code == 404


def test_a_former_reader_who_says_not_me_is_not_forgotten_but_left_alone(
    submit, sink, web, who, app, subscribe, clock
):
    subscribe("ann")
    reader = who("ann@example.org").id
    unsubscribe.unsubscribe(app.database, reader, clock.now, tell=False)
    submit("ann@example.org")
    text = opened(sink).get_body(("plain",)).get_content()
    web.post(re.search(r":8000(/not-me/[\w-]+)\s", text)[1])
    assert who("ann@example.org").state is SubscriberState.UNSUBSCRIBED
    assert web.post(link_of(sink)).status_code == 404
    clock.now += timedelta(days=9)
    assert not app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))


def test_unconfirmed_addresses_are_forgotten_after_a_week(submit, sink, clock, who, app, subscribe):
    subscribe("kept")
    submit("ann@example.org")
    id_ = who("ann@example.org").id
    clock.now += timedelta(days=6)
    assert forget_unconfirmed(app.database, clock.now) == 0
    clock.now += timedelta(days=2)
    assert forget_unconfirmed(app.database, clock.now) == 1
    assert who("ann@example.org") is None
    assert who("kept@example.org") is not None
    with app.database.read() as session:
        asked, erased = (event.detail for event in events.for_subscriber(session, id_))
    assert (asked, set(erased)) == ({}, {"reader"})  # a hash of a random number


def test_programs_get_a_page_and_nothing_more(web, submit, sink, clock, settled):
    assert "Check your inbox" in submit("ann@example.org", website="http://spam.example").text
    for token in ("", "forged", "A" * 30):
        answer = submit("ann@example.org", "coding", token=token)
        assert "One more click" in answer.text
        assert 'value="ann@example.org"' in answer.text
        assert 'name="topic" value="coding" checked' in answer.text
    assert sink.messages == []


def test_a_form_that_was_too_quick_works_at_the_second_press(web, sink, clock, settled):
    fresh = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
    data = {"email": "ann@example.org", "token": fresh}
    page = web.post("/subscribe", data=data).text
    data["token"] = re.search(r'name="token" value="([\w-]+)"', page)[1]
    clock.now += timedelta(seconds=3)
    assert "Check your inbox" in web.post("/subscribe", data=data).text
    settled()
    assert len(sink.messages) == 1


def test_a_flood_is_turned_away_and_told_when_to_come_back(submit, sink, clock):
    answers = [submit(f"a{number}@example.org") for number in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 14
    assert int(refused[0].headers["retry-after"]) > 0
    assert len(sink.messages) == 6
    clock.now += timedelta(minutes=11)
    assert submit("later@example.org").status_code == 200


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_who_subscribes_while_the_database_is_away_is_told_so(web, app, token, sink, settled):
    """The page would else speak of a mail that nobody can write any more."""
    file = app.database.file
    app.database.close()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    form = {"email": "ann@example.org", "token": token, "website": ""}
    wish = {"email": "ann@example.org"}
    for answer in (
        web.post("/subscribe", data=form),
        web.post("/api/v1/subscriptions", json=wish),
    ):
        assert answer.status_code == 503
        assert "Our database is unavailable at the moment." in answer.text
    app.database.close()
    file.rmdir()
    file.with_suffix(".away").rename(file)
    assert web.post("/subscribe", data=form).status_code == 200
    settled()
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]
