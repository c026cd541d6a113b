"""Limits and backoff of recipients' domains, on both databases, against a real mail server."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from digest.app import App, build_app, system_clock
from digest.delivery import send_report
from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.rules.domain_backoff import FIRST_BACKOFF, MOST_REFUSALS
from digest.delivery.store import domain_backoffs
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import SettingsError
from digest.model import DeliveryState, Reply, SubscriberState
from digest.operations import listings
from digest.settings import load_settings
from digest.smtp.domain_limits import parse_domain_limits
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.factories import DAY, NOON


def states(report):
    return {state.value: count for state, count in report.states.items()}


def domains_of(sink):
    return Counter(message.recipients[0].partition("@")[2] for message in sink.messages)


@pytest.fixture
def people(app):
    """Add so many readers of a domain."""

    def add(domain: str, count: int) -> None:
        wishes = parse_preferences({"topics": "compression;speech"}, app.files.vocabulary)
        readers = [(f"reader{number}@{domain}", "", wishes) for number in range(count)]
        with app.database.write() as session:
            subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)

    return add


@pytest.fixture
def limited(app):
    """Make an application on the same database, with limits."""
    made = []

    def make(limits: str, clock=None, **settings) -> App:
        given = vars(app.settings) | {"domain_limits": limits} | settings
        made.append(build_app(load_settings(**given), clock=clock or app.clock))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


def test_what_a_domain_does_not_take_now_is_deferred_and_the_rest_goes_on(
    app, sink, clock, people, limited
):
    people("slow.example", 30)
    people("fast.example", 50)
    service = limited("slow.example=12/d")
    report = local.send(service, DAY)
    assert states(report) == {"sent": 62, "deferred": 18}
    assert domains_of(sink) == {"slow.example": 12, "fast.example": 50}
    lines = list(
        listings.deliveries(app.database, on=DAY, state=DeliveryState.DEFERRED, address=None)
    )
    assert {line["reply"] for line in lines} == {"held back: slow.example takes 12 a day"}
    assert {line["attempts"] for line in lines} == {0}
    assert all(line["papers"] for line in lines)
    assert not local.send(service, DAY).outcomes
    clock.now += timedelta(days=1, hours=20)  # within DIGEST_STALE_AFTER
    service = limited("slow.example=12/d")
    later = local.send(service, DAY)
    assert later.states[DeliveryState.SENT] > 62
    assert later.balanced


def test_what_a_domain_takes_soon_goes_out_later_in_the_batch(app, sink, people, limited):
    people("slow.example", 30)
    people("fast.example", 20)
    service = limited("slow.example=15/s", clock=system_clock, canary_percent=0)
    assert states(local.send(service, DAY)) == {"sent": 50}
    order = [message.recipients[0].partition("@")[2] for message in sink.messages]
    assert order[-1] == "slow.example"
    assert "fast.example" not in order[40:]


def test_two_workers_share_the_limit_of_a_domain(app, sink, people, limited):
    people("slow.example", 600)
    workers = [limited("*=50/d") for _ in range(2)]
    racers = [threading.Thread(target=local.send, args=(one, DAY)) for one in workers]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert domains_of(sink) == {"slow.example": 50}
    report = send_report.make_report(app.database, app.editions.open(DAY))
    assert states(report) == {"sent": 50, "deferred": 550}


def test_a_new_domain_starts_slowly(app, sink, people, limited):
    people("new.example", 30)
    assert states(local.send(limited("*=9/m,warm_up=5"), DAY)) == {"sent": 5, "deferred": 25}


def test_a_domain_that_defers_mail_after_mail_gets_a_backoff(app, sink, clock, people, limited):
    people("busy.example", 200)
    people("good.example", 20)
    service = limited("", canary_percent=0, guard_last=0, smtp_connections=1)
    sink.misbehaviour = Misbehaviour([parse_rule("*@busy.example: 451 4.7.0 slow down")])
    report = local.send(service, DAY)
    assert report.states == {DeliveryState.SENT: 20, DeliveryState.DEFERRED: 200}
    tried = [
        line
        for line in listings.deliveries(app.database, on=DAY, state=None, address=None)
        if line["email"].endswith("@busy.example") and line["attempts"]
    ]
    assert MOST_REFUSALS <= len(tried) < MOST_REFUSALS + 40  # some were composed ahead
    with app.database.read() as session:
        (backoff,) = domain_backoffs.list_all(session).values()
    assert (backoff.times, backoff.until) == (1, clock.now + FIRST_BACKOFF)
    clock.now += FIRST_BACKOFF * 2
    local.send(limited("", canary_percent=0, guard_last=0), DAY)  # as after a restart
    with app.database.read() as session:
        (backoff,) = domain_backoffs.list_all(session).values()
    assert (backoff.times, backoff.until) == (2, clock.now + 2 * FIRST_BACKOFF)
    sink.misbehaviour = Misbehaviour()
    for _ in range(3):
        clock.now += timedelta(hours=1)
        local.send(service, DAY)
    report = send_report.make_report(app.database, app.editions.open(DAY))
    assert report.states == {DeliveryState.SENT: 220}
    with app.database.read() as session:
        assert domain_backoffs.list_all(session) == {}


def test_one_full_mailbox_is_no_backoff_and_accepted_mail_resets_the_count(database, clock):
    domains = RecipientDomains(database, {}, clock)
    domains.load()
    for number in range(5 * MOST_REFUSALS):
        code = 250 if number % MOST_REFUSALS == 0 else 452
        domains.note("ann@example.org", Reply(code, "text"))
        domains.note("bob@other.example", Reply(451, "text", "MAIL"))
    assert not domains.new_backoffs


def test_two_workers_that_find_the_same_make_one_backoff(database, clock):
    workers = [RecipientDomains(database, {}, clock) for _ in range(2)]
    for worker in workers:
        worker.load()
        for _ in range(MOST_REFUSALS):
            worker.note("ann@example.org", Reply(451, "later"))
    for worker in workers:
        worker.save()
        worker.load()
        (throttled,) = worker.throttle(["bob@example.org"])
        assert throttled.reason == "held back: example.org puts off mail after mail: 451 later"
    with database.read() as session:
        assert domain_backoffs.list_all(session)["example.org"].times == 1


def test_without_limits_nothing_is_asked_of_the_database(clock):
    domains = RecipientDomains(None, {}, clock)
    assert domains.throttle(["ann@example.org"] * 3) == [None] * 3
    domains.note("ann@example.org", Reply(250, "ok"))
    domains.save()


def test_permissions_are_acquired_for_a_whole_round_at_once(database, clock):
    domains = RecipientDomains(
        database, parse_domain_limits("a.example=3/s b.example=100/m"), clock
    )
    domains.load()
    found = domains.throttle(["x@a.example"] * 5 + ["x@b.example"] * 2 + ["x@c.example"])
    assert [one is None for one in found] == [True] * 3 + [False] * 2 + [True] * 3
    assert 0 < found[3].seconds < found[4].seconds < 3


def test_domains_of_one_provider_share_its_limit_and_its_backoff(database, clock):
    domains = RecipientDomains(
        database, parse_domain_limits("a.example,b.example=3/d *=2/d"), clock
    )
    domains.load()
    found = domains.throttle(["x@a.example", "x@b.example", "x@c.example", "x@d.example"] * 2)
    assert [one is None for one in found] == [True, True, True, True, True, False, True, True]
    assert found[5].reason == "held back: a.example takes 3 a day"
    for number in range(MOST_REFUSALS):
        domains.note(f"x@{'ab'[number % 2]}.example", Reply(451, "later"))
    assert domains.backoff("y@b.example").reason.startswith("held back: a.example puts off mail")
    assert domains.backoff("y@c.example") is None
    domains.save()
    with database.read() as session:
        assert list(domain_backoffs.list_all(session)) == ["a.example"]


def test_a_wrong_limit_is_told_at_start(limited):
    with pytest.raises(SettingsError, match="DIGEST_DOMAIN_LIMITS"):
        limited("gmail.com=20").smtp.check_for_real()
