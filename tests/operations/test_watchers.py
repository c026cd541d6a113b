"""Runs are recorded, troubles are told once a day, and the figures are those of the database."""

import email
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from digest.app import App, build_app
from digest.delivery import planning, stops
from digest.errors import BlockedError, DateError, InputError, UnreachableError
from digest.ground.database.engine import Database
from digest.ground.database.tables.operation import RunRow
from digest.operations import metrics
from digest.operations.rules.alerts import Alert
from digest.runs import runs
from digest.runs.store import runs as memory
from digest.runs.store import tasks
from digest.runs.store.runs import RUNS_KEPT, Run
from digest.settings import load_settings
from digest.smtp.latency import UPTO_MS
from digest.sources.rules.source_state import SourceState
from digest.sources.store import sources
from digest.subscribers.opt_in import Asking
from digest.workers import local
from tests.factories import NOON
from tests.rows import store_subscribers


@pytest.fixture
def guarded(app: App) -> Iterator[App]:
    """The service with an operator, whose edition has to be out at ten."""
    given = vars(app.settings) | {"operator": "ops@example.org", "deadline_hours": 3}
    guarded = build_app(load_settings(**given), clock=app.clock)
    yield guarded
    guarded.database.close()


@pytest.fixture
def pinged():
    """A server that notes who asks: its address, and the paths."""
    paths: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200 if self.path.startswith("/ping") else 500)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


def figures(app: App) -> dict[str, float]:
    """Return the figures by name and labels, as Prometheus reads them."""
    page = generate_latest(metrics.registry(app.database, app.clock)).decode()
    assert "@" not in page
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_send_leaves_its_report_and_its_figures(app, subscribe, sink):
    subscribe("ann", "bob")
    report = local.send(app, None)
    (run,) = runs.newest(app.database, 5)
    assert run["kind"] == "send"
    assert run["trouble"] == ""
    assert run["report"]["states"] == report.to_json()["states"] == {"sent": 2}
    found = figures(app)
    assert found["digest_deliveries sent"] == 2
    assert found["digest_subscribers active"] == 2
    assert found["digest_smtp_seconds_count"] == 2
    assert found["digest_smtp_seconds_bucket +Inf"] == 2
    assert found["digest_dumps_total loaded"] == 1
    assert found["digest_queue_batches"] == found["digest_behind_seconds"] == 0
    assert found["digest_last_run_troubled"] == 0
    assert found["digest_editions"] == 1
    assert found["digest_database_up"] == 1


def test_what_waits_is_seen_with_its_age(app, subscribe, clock):
    subscribe("ann")
    edition = app.editions.open(None)
    planning.plan(app.database, edition)
    clock.now = max(edition.edition.sends_at, edition.opened_at) + timedelta(minutes=7)
    assert figures(app)["digest_behind_seconds"] == 420
    found = app.operations.status()
    assert found["behind_seconds"] == 420
    assert found["waiting"]["queued"]["count"] == 1
    assert found["deliveries"] == {"queued": 1}
    assert found["tasks"] == found["sources"] == []
    late = {"name": "edition", "title": "The edition of 2026-11-19 is not out", "since": None}
    assert found["alerts"] == [late]


def test_a_database_that_is_gone_is_a_figure_too(tmp_path, sqlite_url, clock):
    app = build_app(load_settings(database_url=f"sqlite:///{tmp_path}/no/where.db"), clock=clock)
    collector = metrics.ServiceFigures(
        Database(app.settings.database_url.get_secret_value()), clock
    )
    (up,) = collector.collect()
    assert up.samples[0].value == 0
    assert collector.collect() is collector.collect()  # kept for a few seconds


def test_an_error_is_the_trouble_of_its_run_and_the_oldest_runs_are_forgotten(app, clock):
    with pytest.raises(InputError), runs.recorded(app.database, "send", clock):
        raise InputError("the templates are gone")
    assert runs.newest(app.database, 1)[0]["trouble"] == "the templates are gone"
    with app.database.write() as session:
        for number in range(3):
            run = Run(f"run{number}", "send", NOON, NOON, "", {})
            assert memory.add_run(session, run)
            assert not memory.add_run(session, run)
        session.execute(
            update(RunRow).where(RunRow.name == "run2").values(id=RunRow.id + RUNS_KEPT)
        )
        memory.add_run(session, Run("last", "tick", NOON, NOON, "", {}))
        kept = {run.name for run in memory.list_newest(session, 10)}
    assert "last" in kept


def test_a_report_that_cannot_be_kept_hides_neither_the_work_nor_its_error(tmp_path, clock):
    nowhere = Database(f"sqlite:///{tmp_path}/no/where.db")
    with runs.recorded(nowhere, "send", clock) as note:
        note.report = {"states": {"sent": 1}}
    with pytest.raises(InputError, match="why it failed"), runs.recorded(nowhere, "send", clock):
        raise InputError("why it failed")


def test_a_good_run_is_announced_and_a_bad_one_is_not(app, clock, pinged):
    address, paths = pinged
    with runs.recorded(app.database, "send", clock, ping_url=f"{address}/ping/1"):
        pass
    with runs.recorded(app.database, "send", clock, ping_url=f"{address}/ping/2") as note:
        note.trouble = "all failed"
    assert paths == ["/ping/1"]
    assert not runs.ping(f"{address}/broken")
    assert not runs.ping("http://127.0.0.1:1/nobody")


def test_latencies_of_several_runs_add_up(app):
    for _ in range(2):
        with app.database.write() as session:
            memory.add_latencies(session, {5: 3, 0: 1}, {5: 0.01, 0: 70.0})
    with app.database.read() as session:
        assert memory.load_latencies(session) == {5: (6, 0.02), 0: (2, 140.0)}
    found = figures(app)
    assert found[f"digest_smtp_seconds_bucket {UPTO_MS[1] / 1000}"] == 6
    assert found["digest_smtp_seconds_count"] == 8


def subjects(sink) -> list[str]:
    mails = [email.message_from_bytes(each.data) for each in sink.messages]
    return [each["Subject"] for each in mails if each["To"] == "ops@example.org"]


def watch(app: App) -> list[Alert]:
    """Look for what is wrong, and send what is to be told."""
    found = app.operations.watch()
    app.outbox.drain()
    return found


def test_a_late_edition_is_told_once_a_day_and_when_it_is_over(guarded, subscribe, sink, clock):
    subscribe("ann")
    (trouble,) = watch(guarded)  # the dump is there, its edition is not
    assert trouble.name == "edition"
    watch(guarded)
    assert len(subjects(sink)) == 1
    assert guarded.operations.status()["alerts"][0]["name"] == "edition"
    clock.now += timedelta(hours=20)  # the day after, before the deadline of its own edition
    watch(guarded)
    assert len(subjects(sink)) == 2
    local.send(guarded, None)
    assert watch(guarded) == []
    watch(guarded)
    assert [each.count("over: ") for each in subjects(sink)] == [0, 0, 1]


def test_of_a_paused_edition_only_the_pause_is_told(guarded, subscribe, clock):
    subscribe("ann")
    edition = guarded.editions.open(None)
    stops.pause(guarded.database, None, "the links are wrong", guarded.clock)
    clock.now = max(edition.edition.sends_at, edition.opened_at) + timedelta(hours=8)
    (trouble,) = guarded.operations.alerts()
    assert "no mail is planned" in trouble.text
    planning.plan(guarded.database, edition)
    with pytest.raises(BlockedError):
        local.send(guarded, None)
    (trouble,) = guarded.operations.alerts()
    assert trouble.name == "paused 2026-11-19"
    assert "digest resume --date 2026-11-19" in trouble.remedy
    assert figures(guarded)["digest_behind_seconds"] == 0
    found = guarded.operations.status()
    assert found["stopped"]["reason"] == "the links are wrong"
    assert found["last_run"]["report"]["hint"] == "digest resume --date 2026-11-19"
    stops.resume(guarded.database, None, guarded.clock)
    (trouble,) = guarded.operations.alerts()
    assert (trouble.name, guarded.operations.status()["stopped"]) == ("edition", None)
    assert "digest send --date 2026-11-19" in trouble.remedy


def test_of_a_cancelled_edition_nothing_is_told(guarded, subscribe, clock):
    subscribe("ann")
    planning.plan(guarded.database, guarded.editions.open(None))
    stops.cancel(guarded.database, None, "it came twice", guarded.clock)
    clock.now += timedelta(hours=8)
    assert guarded.operations.alerts() == []


def test_of_an_edition_that_its_check_holds_only_that_is_told(guarded, subscribe, clock, tmp_path):
    (tmp_path / "templates" / "digest").mkdir(parents=True)
    (tmp_path / "templates" / "digest" / "subject.txt").write_text("Re: {{ about }}")
    given = vars(guarded.settings) | {"templates": tmp_path / "templates"}
    broken = build_app(load_settings(**given), clock=clock)
    subscribe("ann")
    planning.plan(broken.database, broken.editions.open(None))
    clock.now += timedelta(hours=8)
    held = local.dispatch(broken, stop=lambda: False)
    with broken.database.write() as session:
        tasks.begin(session, "send", clock.now)
        tasks.end(session, "send", clock.now, report=held)
    (trouble,) = broken.operations.alerts()
    assert trouble.name == "check 2026-11-19"
    assert "Subject pretends to be an answer" in trouble.text
    assert "digest lint --date 2026-11-19" in trouble.remedy
    (run,) = runs.newest(broken.database, 1)
    assert run["report"]["stopped"]["kind"] == "blocked"
    assert run["report"]["findings"][0]["level"] == "error"
    broken.database.close()


def test_an_edition_that_became_too_old_is_told_without_a_clock_too(guarded, subscribe, clock):
    subscribe("ann")
    planning.plan(guarded.database, guarded.editions.open(None))
    clock.now += timedelta(days=3)
    (held,) = [each for each in guarded.operations.alerts() if each.name == "stale 2026-11-19"]
    assert "1 batch of up to 500 mails waits" in held.text
    assert "digest send --date 2026-11-19" in held.remedy
    local.send(guarded, NOON.date())
    assert "stale 2026-11-19" not in [each.name for each in guarded.operations.alerts()]


def test_a_relay_that_lets_nobody_in_is_told_at_once(guarded, subscribe):
    subscribe("ann")
    given = vars(guarded.settings) | {"smtp_url": "smtp://127.0.0.1:1"}
    cut_off = build_app(load_settings(**given), clock=guarded.clock)
    with pytest.raises(UnreachableError):
        local.send(cut_off, None)
    (trouble,) = [each for each in guarded.operations.alerts() if each.name == "run"]
    assert "connect failed at 127.0.0.1:1" in trouble.text
    assert trouble.remedy.startswith("check host and port in DIGEST_SMTP_URL")
    assert "deliveries" not in trouble.remedy
    assert guarded.operations.status()["newest_edition"] is None
    local.send(guarded, None)
    assert guarded.operations.alerts() == []
    cut_off.database.close()


@pytest.mark.parametrize(
    ("days", "says"), [(-400, "No paper was listed"), (2, "is still to come"), (9, "to come")]
)
def test_a_mistyped_date_is_no_run_that_went_wrong(guarded, clock, days, says):
    with pytest.raises(DateError, match=says) as caught:
        local.send(guarded, NOON.date() + timedelta(days=days))
    assert caught.value.hint.endswith("write the date as in --date 2026-11-19")
    assert caught.value.exit_code == 2
    assert runs.newest(guarded.database, 1) == []
    assert [each.name for each in guarded.operations.alerts()] == []


def test_readers_without_any_source_of_papers_are_told(sqlite_url, clock, files, tmp_path):
    def names(**settings):
        app = build_app(load_settings(database_url=sqlite_url, **settings), clock=clock)
        found = [each.name for each in app.operations.alerts()]
        said = app.operations.status()["outlook"]
        app.database.close()
        return found, "Nothing brings papers" in said

    assert names() == ([], True)  # nobody waits for any yet
    app = build_app(load_settings(database_url=sqlite_url), clock=clock)
    with app.database.write() as session:
        store_subscribers(session, 1)
    app.database.close()
    assert names() == (["papers"], True)
    assert names(watch_dir=tmp_path) == ([], False)


def test_an_old_edition_is_not_sent_without_a_remark(guarded, clock, caplog, subscribe):
    subscribe("ann")
    clock.now += timedelta(days=88)
    said = "The edition of 2026-11-19 is 88 days old."
    assert guarded.delivery.rehearse(None, show=lambda *_: None).remark.startswith(said)
    with caplog.at_level("WARNING"):
        report = local.send(guarded, None)
    assert report.remark.startswith(said)
    assert report.to_json()["remark"] == report.remark
    assert said in caplog.text
    assert "88 days old" in guarded.operations.status()["outlook"]
    (alert,) = (each for each in guarded.operations.alerts() if each.name == "edition")
    assert "the newest is dated 2026-11-19, 88 days before" in alert.text


def test_a_mail_that_could_not_go_out_is_tried_again(guarded, subscribe, sink, clock):
    subscribe("ann")
    sink.replies = {"ops@example.org": "451 4.3.2 later"}
    watch(guarded)
    assert subjects(sink) == []
    sink.replies = {}
    clock.now += timedelta(minutes=6)
    watch(guarded)
    assert len(subjects(sink)) == 1


def test_single_mails_that_nobody_sends_are_told_and_an_alert_is_none_of_them(guarded, clock):
    for name in ("ann", "ben"):
        guarded.opt_in.ask(Asking(f"{name}@example.org", (), "192.0.2.1"))
    guarded.operations.watch()
    clock.now += timedelta(minutes=29)
    assert guarded.operations.alerts() == []
    clock.now += timedelta(minutes=1)
    (alert,) = guarded.operations.alerts()
    assert (alert.name, alert.text.partition(",")[0]) == ("outbox", "2 mails wait")
    found = figures(guarded)
    assert found["digest_outbox queued"] == found["digest_outbox_waiting"] == 2
    assert found["digest_outbox_oldest_seconds"] == 1800
    outbox = guarded.operations.status()["outbox"]
    assert outbox == {"states": {"queued": 2}, "waiting": 2, "since": NOON.isoformat()}
    guarded.outbox.drain()
    assert guarded.operations.alerts() == []
    assert figures(guarded)["digest_outbox sent"] == 2


def test_that_most_single_mails_fail_is_told(guarded, sink):
    for number in range(9):
        guarded.opt_in.ask(Asking(f"a{number}@example.org", (), "192.0.2.1"))
    sink.replies = {f"a{number}@example.org": "550 5.1.1 no" for number in range(5)}
    guarded.outbox.drain()
    (alert,) = guarded.operations.alerts()
    assert "5 of 9 mails" in alert.text


def test_a_trouble_that_comes_back_the_same_day_is_not_told_again(guarded, clock):
    with guarded.database.write() as session:
        midnight = NOON.replace(hour=0)
        assert memory.raise_alert(session, "run", "Bad", now=NOON, midnight=midnight)
        assert memory.end_alert(session, "run", NOON + timedelta(minutes=1))
        later = NOON + timedelta(minutes=2)
        assert not memory.raise_alert(session, "run", "Bad", now=later, midnight=midnight)
        (alert,) = memory.list_alerts(session)
        assert not alert.is_told
        assert not memory.end_alert(session, "other", later)


@pytest.fixture
def with_sources(app: App, tmp_path) -> Iterator[App]:
    """The service with a file of two sources."""
    file = tmp_path / "sources.toml"
    file.write_text(
        '[[source]]\nname = "papers"\nkind = "hugging-face"\n'
        '[[source]]\nname = "other"\nkind = "feed"\nurl = "https://example.org/feed"\n'
    )
    given = vars(app.settings) | {"sources": file}
    found = build_app(load_settings(**given), clock=app.clock)
    yield found
    found.database.close()


def test_failing_tasks_and_silent_sources_are_seen(with_sources, clock):
    app = with_sources
    with app.database.write() as session:
        tasks.begin(session, "fetch", NOON)
        tasks.end(session, "fetch", NOON, error="no route")
        silent = SourceState("papers", NOON, last_success_at=NOON, last_new_at=NOON)
        sources.save(session, silent)
    clock.now = NOON + timedelta(days=5)
    names = [each.name for each in app.operations.alerts()]
    assert "task fetch" in names
    assert "source papers" in names
    found = app.operations.status()
    assert found["tasks"][0]["last_error"] == "no route"
    assert found["sources"][0]["name"] == "papers"
    assert [one["state"] for one in found["sources"]] == ["silent", "untried"]
    assert figures(app)["digest_source_age_seconds papers"] == 5 * 86_400
    assert figures(app)["digest_tick_failing fetch"] == 1
    assert figures(app)["digest_tick_timestamp_seconds fetch"] == NOON.timestamp()


def test_whatever_the_sources_command_calls_ill_is_told_and_nothing_else(with_sources, clock):
    app = with_sources
    with app.database.write() as session:
        repeating = SourceState("papers", NOON, last_new_at=NOON, repeating_since=NOON)
        sources.save(session, repeating)
        sources.save(session, SourceState("other", NOON, last_new_at=NOON))
        sources.save(session, SourceState("gone", NOON, failing_since=NOON))  # not in the file
    for days in range(20):
        clock.now = NOON + timedelta(days=days)
        ill = [f"source {one.name}" for one in app.source_fetcher.statuses() if not one.is_well]
        told = [one.name for one in app.operations.alerts() if one.name.startswith("source ")]
        assert told == ill
        assert ("source other" in told) == (days > 14)


def test_a_wrong_file_of_sources_keeps_no_other_alert_back(with_sources, subscribe, clock):
    subscribe("ann")
    with_sources.settings.sources.write_text("kind = 3")
    clock.now += timedelta(hours=8)
    assert [one.name for one in with_sources.operations.alerts()] == ["edition"]
    assert with_sources.operations.status()["sources"] == []
