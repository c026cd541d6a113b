"""Replies on their whole way: a digest is sent, answered, and the answer comes by SMTP."""

import json
import re
import smtplib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from digest.app import build_app
from digest.cli import app as commands
from digest.delivery.store import ledger
from digest.errors import UnreachableError
from digest.ground.database.tables.delivery import DeliveryRow
from digest.ground.database.tables.intake import Fate
from digest.ground.database.tables.outbox import OutboxRow
from digest.ground.tokens.links import Purpose
from digest.intake import reply_mails
from digest.intake.store import mails, reader_replies
from digest.model import Cadence, DeliveryState, Layout, SubscriberState
from digest.operations import reader_record
from digest.operations.dkim_keys import make_key
from digest.papers.store import listings
from digest.scheduler import tasks
from digest.subscribers import links, subscriptions, update_preferences, votes
from digest.subscribers.store import events
from digest.workers import local
from tests.dkim_verifiers import records, verified
from tests.factories import DAY
from tests.intake.returned import corpus

ADDRESS = "ann@example.org"


@pytest.fixture
def service(app, tmp_path):
    """The service, which takes replies and tells an operator."""
    make_key(tmp_path / "rsa.pem", "rsa")
    changes = {
        "reply_address": "reply@digest.example.org",
        "operator": "operator@example.org",
        "dkim_key_file": str(tmp_path / "rsa.pem"),
        "dkim_selector": "r1",
    }
    settings = replace(app.settings, **changes)
    return build_app(settings, clock=app.clock, database=app.database, files=app.files)


@pytest.fixture
def mailed(service, sink, subscribe):
    """Return the digest that a reader with these wishes got; the sink is empty afterwards."""

    def send(name="ann", **wishes):
        subscribe(name, **wishes)
        assert local.send(service, DAY).states == {"sent": 1}
        (got,) = sink.messages
        sink.clear()
        return got

    return send


@pytest.fixture
def reply(service):
    """Hand a reply to the digest to the service, and send what waits; return what became of it."""
    numbers = iter(range(1000))

    def hand(digest, text, *lines, message_id=None, sender="Somebody <who@ever.example>"):
        own = message_id or f"<{next(numbers)}@ever.example>"
        head = [f"From: {sender}", f"To: {digest['Reply-To']}", f"Message-ID: {own}", *lines]
        quoted = "\n".join(f"> {line}" for line in text_of(digest).splitlines())
        body = f"{text}\n\nOn Thu, 19 Nov 2026, Daily papers wrote:\n{quoted}\n"
        raw = "\r\n".join([*head, "Content-Type: text/plain; charset=utf-8", "", body])
        fate = service.intake.intake.take(raw.encode()).fate
        service.outbox.drain()
        return fate

    return hand


@pytest.fixture
def ann(service):
    return lambda: subscriptions.find(service.database, ADDRESS)


@pytest.fixture
def cast(service, ann):
    return lambda: {one.title: one.value for one in votes.votes_of(service.database, ann().id)}


def text_of(mail) -> str:
    part = mail.email.get_body(("plain",))
    return part.get_content()


def numbered(text: str) -> list[tuple[int, str]]:
    """Return the papers of a text mail with their numbers; titles begin with their first words."""
    return [(int(number), title) for number, title in re.findall(r"^(\d+)\. (.+)$", text, re.M)]


@pytest.mark.parametrize("layout", list(Layout))
def test_papers_are_numbered_as_they_are_stored_in_every_layout(service, mailed, ann, layout):
    digest = mailed(layout=layout.value, interests="KV cache;speech recognition")
    with service.database.read() as session:
        (entry,) = ledger.entries(session, address=ADDRESS)
        titles = listings.titles(session, entry.papers)
        assert reader_replies.papers_of_mail(session, ann().id, DAY) == entry.papers
    found = numbered(text_of(digest))
    assert [number for number, _ in found] == list(range(1, len(entry.papers) + 1))
    for (_, shown), paper in zip(found, entry.papers, strict=True):
        assert shown[:12].casefold() in titles[paper].casefold()
    if layout is not Layout.TEXT:
        html = digest.email.get_body(("html",)).get_content()
        assert [int(n) for n in re.findall(r">(\d+)\. <a href", html)] == list(
            range(1, len(entry.papers) + 1)
        )
        assert "You can also answer this email" in html
    assert "You can also answer this email" in " ".join(text_of(digest).split())


def test_the_reply_address_is_signed_with_the_rest_and_gives_no_other_right(service, mailed):
    digest = mailed()
    address = digest["Reply-To"]
    assert re.fullmatch(r"reply\+[a-z2-7]{33}@digest\.example\.org", address)
    assert verified(digest.data, records(*service.identity.dkim_keys)) == [True]
    forged = digest.data.replace(address.encode(), b"x" + address.encode()[1:])
    assert verified(forged, records(*service.identity.dkim_keys)) == [False]
    token = address.partition("+")[2].partition("@")[0]
    for purpose in Purpose:
        with pytest.raises(Exception, match="not valid"):
            service.identity.signer.read(purpose, token, links.bindings(service.database))


def test_without_the_setting_nothing_is_numbered_and_nobody_is_asked_to_answer(
    app, sink, subscribe
):
    subscribe("ann")
    assert local.send(app, DAY).states == {"sent": 1}
    (got,) = sink.messages
    assert got["Reply-To"] is None
    assert "answer this email" not in text_of(got)
    assert not numbered(text_of(got))


def test_votes_are_cast_on_the_papers_of_that_mail(mailed, reply, cast, sink, service):
    digest = mailed()
    titles = [title for _, title in numbered(text_of(digest))]
    assert reply(digest, "1 3 more\nless 5") is Fate.APPLIED
    found = cast()
    assert len(found) == 3
    for number, value in ((1, 1), (3, 1), (5, -1)):
        assert [v for title, v in found.items() if title.startswith(titles[number - 1][:20])] == [
            value
        ]
    (answer,) = sink.wait_for(1)
    assert answer.recipients == (ADDRESS,)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == "<0@ever.example>"
    assert answer["Reply-To"] == digest["Reply-To"]
    assert verified(answer.data, records(*service.identity.dkim_keys)) == [True]
    said = " ".join(text_of(answer).split())
    assert said.count("More like “") == 2
    assert said.count("Less like “") == 1
    assert "undo" in said


def test_preferences_pause_and_votes_are_changed_at_once_and_undone_at_once(
    mailed, reply, ann, cast, sink, service
):
    digest = mailed()
    before = ann()
    said = "weekly on Friday at 8\nmute crypto\n5 papers; more 2\npause until 1 Feb"
    assert reply(digest, said) is Fate.APPLIED
    now = ann()
    schedule = now.preferences.schedule
    assert (schedule.cadence, schedule.weekday, schedule.hour) == (Cadence.WEEKLY, 4, 8)
    assert (now.preferences.muted, now.preferences.max_papers) == (("crypto",), 5)
    assert (now.state, now.paused_until) == (SubscriberState.PAUSED, date(2027, 2, 1))
    assert len(cast()) == 1
    with service.database.read() as session:
        happened = events.for_subscriber(session, now.id)
    assert [event.detail.get("source") for event in happened] == ["reply", "reply"]
    (answer,) = sink.wait_for(1)
    assert "every day → once a week" in text_of(answer)
    assert reply(answer, "undo") is Fate.APPLIED
    assert ann() == before
    assert cast() == {}
    assert reply(answer, "undo") is Fate.UNCLEAR  # nothing is left to undo


def test_the_same_mail_twice_counts_once(mailed, reply, cast, ann, sink, service):
    digest = mailed()
    assert reply(digest, "more 1", message_id="<same@ever.example>") is Fate.APPLIED
    votes.reset(service.database, ann().id)
    assert reply(digest, "more 1", message_id="<same@ever.example>") is Fate.ALREADY
    assert cast() == {}
    assert len(sink.messages) == 1


def test_stop_ends_the_subscription_says_goodbye_and_can_be_undone(mailed, reply, ann, sink):
    digest = mailed()
    assert reply(digest, "Please unsubscribe me.\n\nBest\nAnn") is Fate.APPLIED
    assert ann().state is SubscriberState.UNSUBSCRIBED
    (goodbye,) = sink.wait_for(1)
    assert goodbye["Subject"].startswith("You have been unsubscribed")
    assert reply(digest, "weekly") is Fate.ALREADY  # nothing to change, and nobody is mailed
    assert len(sink.messages) == 1
    assert reply(digest, "undo") is Fate.APPLIED
    assert ann().state is SubscriberState.ACTIVE


def test_what_is_not_understood_goes_to_the_operator_and_changes_nothing(
    mailed, reply, ann, cast, sink, service
):
    digest = mailed()
    before = ann()
    assert reply(digest, "more 1\nWho runs this?") is Fate.UNCLEAR
    assert (ann(), cast()) == (before, {})
    operator, reader = sorted(sink.wait_for(2), key=lambda got: got.recipients, reverse=True)
    assert operator.recipients == ("operator@example.org",)
    assert "Who runs this?" in text_of(operator)
    assert ADDRESS not in text_of(operator)
    assert "“Who runs this?”" in text_of(reader)
    assert "pause until 1 Feb" in text_of(reader)
    assert reply(digest, "And why?") is Fate.UNCLEAR  # the reader is told once a day
    assert [got.recipients[0] for got in sink.wait_for(3)].count(ADDRESS) == 1
    with service.database.read() as session:
        kept = [one.text for one in reader_replies.unclear(session)]
    assert kept == ["And why?", "more 1 / Who runs this?"]


def test_a_vote_on_a_paper_that_the_mail_does_not_have_is_answered_so(mailed, reply, cast, sink):
    digest = mailed()
    assert reply(digest, "less 99") is Fate.UNCLEAR
    assert cast() == {}
    (answer,) = [got for got in sink.wait_for(2) if got.recipients == (ADDRESS,)]
    assert "There is no paper 99 in that email." in text_of(answer)


def test_a_vote_on_a_mail_whose_papers_are_not_known_is_answered_so(
    mailed, reply, cast, sink, service
):
    digest = mailed(language="de")
    with service.database.write() as session:
        session.execute(update(DeliveryRow).values(picks=None))
    assert reply(digest, "1 mehr") is Fate.UNCLEAR
    assert cast() == {}
    (answer,) = [got for got in sink.wait_for(2) if got.recipients == (ADDRESS,)]
    assert "Die Paper dieser Mail sind hier nicht bekannt." in text_of(answer)


def test_what_the_preferences_do_not_take_changes_nothing(mailed, reply, ann, cast, sink):
    digest = mailed()
    before = ann()
    assert reply(digest, "more 1\nunmute crypto") is Fate.UNCLEAR
    assert (ann(), cast()) == (before, {})
    assert any("You do not mute one of these" in text_of(got) for got in sink.wait_for(2))


def test_answers_end_after_ten_a_day(mailed, reply, sink, ann, clock):
    digest = mailed()
    for number in range(12):
        assert reply(digest, f"{number + 1} papers") is Fate.APPLIED
    assert ann().preferences.max_papers == 12
    assert len(sink.messages) == reply_mails.ANSWERS_A_DAY
    clock.now += timedelta(days=1, minutes=1)
    reply(digest, "at 9")
    assert len(sink.messages) == reply_mails.ANSWERS_A_DAY + 1


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (vacation)",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "Subject: Automatische Antwort: Daily papers",
        "List-Id: <some.list.example>",
        "Return-Path: <>",
    ],
)
def test_programs_give_no_commands(mailed, reply, ann, sink, line):
    digest = mailed()
    before = ann()
    assert reply(digest, "stop", line) is Fate.AUTOMATIC
    assert ann() == before
    assert not sink.messages


def test_german_readers_answer_and_are_answered_in_german(mailed, reply, ann, sink):
    digest = mailed(language="de", timezone="Europe/Berlin")
    assert "„wöchentlich“" in " ".join(text_of(digest).split())
    assert reply(digest, "Bitte wöchentlich, und Pause bis 1. Februar.\n\nLG Ann") is Fate.APPLIED
    assert ann().preferences.schedule.cadence is Cadence.WEEKLY
    (answer,) = sink.wait_for(1)
    said = " ".join(text_of(answer).split())
    assert "jeden Tag → einmal die Woche" in said
    assert "frühestens am Montag, 1. Februar 2027" in said


def test_an_altered_address_is_none_of_ours_and_an_erased_reader_is_nobody(
    mailed, reply, service, ann
):
    digest = mailed()
    address = digest["Reply-To"]
    other = "a" if address[10] != "a" else "b"
    raw = f"To: {address[:10]}{other}{address[11:]}\r\nFrom: x@example.org\r\n\r\nstop"
    assert service.intake.intake.take(raw.encode()).fate is Fate.FORGED
    assert reply(digest, "more 1") is Fate.APPLIED
    assert reply(digest, "what?") is Fate.UNCLEAR
    known = reader_record.export(service.database, ann().id)["replies"]
    assert [one["commands"] for one in known] == [["more 1"], []]
    update_preferences.erase(service.database, ann().id, service.clock())
    assert reply(digest, "stop") is Fate.FORGED
    with service.database.read() as session:
        assert list(reader_replies.unclear(session)) == []


def test_replies_are_forgotten_after_a_month(mailed, reply, service, clock):
    digest = mailed()
    assert reply(digest, "what?") is Fate.UNCLEAR
    clock.now += timedelta(days=29)
    assert tasks.tidy(service)["replies"] == 0
    clock.now += timedelta(days=2)
    assert tasks.tidy(service)["replies"] == 1


def test_a_reply_can_be_tried(mailed, service, tmp_path, ann):
    digest = mailed()
    before = ann()
    raw = tmp_path / "reply.eml"
    raw.write_text(f"To: {digest['Reply-To']}\nFrom: Ann <a@b.example>\n\nmore 1\nweekly\n\nAnn")
    environment = {
        "DIGEST_DATABASE_URL": service.settings.database_url.get_secret_value(),
        "DIGEST_SECRET_KEY": "a key for the tests only",
    }

    def run(*words, given=b""):
        done = CliRunner().invoke(commands, words, env=environment, input=given)
        assert done.exit_code == 0, done.output
        return done.stdout

    found = json.loads(run("replies", "try", str(raw), "--json"))
    assert found["commands"] == ["more 1", "cadence weekly"]
    assert (found["subscriber"], found["edition"]) == (before.id, DAY.isoformat())
    assert ann() == before
    said = run("replies", "try", "-", given=b"From: a@b.example\n\nmore 1\nwhat is that?")
    assert "Not understood" in said
    assert "what is that?" in said
    assert run("replies", "list", "--json") == ""
    checked = json.loads(run("intake", "check", str(raw), "--json"))
    assert (checked["kind"], checked["subscriber"]) == ("reply", before.id)
    assert "digest replies try" in checked["why"]


def test_an_answer_waits_in_the_outbox_and_nothing_of_it_stays(mailed, service, sink):
    digest = mailed()
    sink.stop()
    raw = f"To: {digest['Reply-To']}\nFrom: Ann <a@b.example>\n\nmore 1\nweekly"
    assert service.intake.intake.take(raw.encode()).fate is Fate.APPLIED
    with pytest.raises(UnreachableError):
        service.outbox.drain()
    sink.start()
    assert service.outbox.drain() == {DeliveryState.SENT: 1}
    with service.database.read() as session:
        assert [row.detail for row in session.scalars(select(OutboxRow))] == [{}]
    (answer,) = sink.messages
    assert "every day → once a week" in text_of(answer)


def test_new_links_end_the_reply_addresses_that_are_out(mailed, reply, service, ann):
    digest = mailed()
    links.renew(service.database, ann().id, service.clock())
    assert reply(digest, "stop") is Fate.FORGED
    assert ann().state is SubscriberState.ACTIVE


def test_a_reply_address_vouches_for_no_bounce(mailed, service, ann):
    address = mailed()["Reply-To"]
    raw = corpus.octets("exim-unsigned")
    assert service.intake.intake.take(raw, [address]).fate is Fate.KEPT
    with service.database.read() as session:
        (stored,) = mails.newest(session, limit=None)
    assert [each["trusted"] for each in stored.feedback] == [False]
    assert ann().state is SubscriberState.ACTIVE


def test_a_reply_to_an_old_mail_votes_on_its_papers(mailed, reply, cast, service, clock):
    digest = mailed()
    titles = [title for _, title in numbered(text_of(digest))]
    service.seals.seal()
    clock.now += timedelta(days=40)
    tasks.tidy(service)
    with service.database.read() as session:
        assert session.scalars(select(DeliveryRow)).all() == []
    assert reply(digest, "more 2") is Fate.APPLIED
    (voted,) = cast()
    assert voted.startswith(titles[1][:20])


def test_replies_come_by_lmtp_and_are_listed_without_their_words(mailed, service, ann):
    digest = mailed()
    address = digest["Reply-To"]
    with service.intake.listening("lmtp:127.0.0.1:0") as where:
        port = int(where.rpartition(":")[2])
        with smtplib.LMTP("127.0.0.1", port) as client:
            for said in ("Who is that?", "weekly"):
                client.sendmail("a@b.example", [address], f"Subject: Re\r\n\r\n{said}\r\n")
    assert ann().preferences.schedule.cadence is Cadence.WEEKLY
    with service.database.read() as session:
        stored = list(mails.newest(session, limit=None))
    assert [(one.way, one.fate, one.has_raw) for one in stored] == [
        ("lmtp", Fate.APPLIED, False),
        ("lmtp", Fate.UNCLEAR, False),
    ]
