"""The race counts what arrives, and what a kill loses or doubles."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from benchmarks.measure import CountingSink, discard_sink
from benchmarks.race import course, table
from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.course import Moment, Result
from benchmarks.race.ground import Ground
from benchmarks.race.mails import django_template, go_template, values
from benchmarks.race.ours import Digest
from benchmarks.race.ready import Pusher, SmtpSource
from benchmarks.race.scripts import PlainScript

READERS = 50
LIMIT = 120.0
# Sends to `readers` addresses, one after the other, and begins behind the first `after`.
SENDER = """
import smtplib, sys
port, readers, after = map(int, sys.argv[1:])
client = smtplib.SMTP("127.0.0.1", port)
for number in range(after, readers):
    client.sendmail("us@example.org", [f"r{number}@example.org"], "Subject: 1\\r\\n\\r\\n1\\r\\n")
client.quit()
"""


class Sender(Contestant):
    """Begins anew after each kill, or behind some readers, and marks whom it is told to mark."""

    name = "a sender"

    def __init__(self, *, skips: int = 0, marks: bool = False) -> None:
        self._skips = skips
        self._marks = marks
        self._starts = 0

    def prepare(self, readers: int, port: int) -> None:
        self._starts, self._readers, self._port = 0, readers, port

    def command(self) -> Command:
        after = self._skips if self._starts else 0
        self._starts += 1
        numbers = map(str, (self._port, self._readers, after))
        return Command([sys.executable, "-c", SENDER, *numbers])

    def marked(self) -> set[str]:
        return (
            {f"r{number}@example.org" for number in range(self._readers)} if self._marks else set()
        )


@pytest.fixture(scope="module")
def sink() -> Iterator[CountingSink]:
    with discard_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ExitStack() as stack:
        yield Ground(tmp_path_factory.mktemp("race"), READERS, stack)


def race(one: Contestant, sink: CountingSink, kills: list[Moment] | None = None) -> Result:
    return course.run(one, sink, READERS, kills or [], limit=LIMIT)


def test_without_kills_each_reader_has_one(sink):
    found = race(Sender(), sink)
    assert (found.arrived, found.once, found.lost, found.doubled) == (READERS, READERS, 0, 0)
    assert found.kills == 0
    assert found.cpu_ms >= found.beyond_ms > 0
    assert found.rate > 0
    assert found.kilobytes < 1


def test_a_sender_that_begins_anew_doubles_whom_it_had_reached(sink):
    found = race(Sender(), sink, [Moment(10, 0.0), Moment(30, 0.0)])
    assert found.kills == 2
    assert found.lost == 0
    assert found.unmarked == found.doubled >= 10
    assert found.once == READERS - found.doubled


def test_a_sender_that_skips_too_many_loses_them(sink):
    found = race(Sender(skips=READERS), sink, [Moment(1, 0.0)])
    assert found.lost == READERS - found.arrived > 0


def test_what_is_marked_is_neither_lost_nor_unmarked(sink):
    found = race(Sender(marks=True), sink, [Moment(10, 0.0)])
    assert (found.lost, found.unmarked) == (0, 0)
    assert found.doubled >= 10
    assert race(Sender(skips=READERS, marks=True), sink, [Moment(1, 0.0)]).lost == 0


def test_a_kill_that_comes_too_late_does_not_count(sink):
    found = race(Sender(), sink, [Moment(READERS + 1, 0.0)])
    assert (found.kills, found.once) == (0, READERS)


def test_a_sender_that_fails_is_quoted(sink):
    class Failing(Sender):
        def command(self) -> Command:
            return Command([sys.executable, "-c", "raise SystemExit('no more paper')"])

        def is_done(self) -> bool:
            return False

    with pytest.raises(RuntimeError, match="no more paper"):
        race(Failing(), sink)


def test_moments_come_from_the_seed_and_in_order():
    assert course.moments(5, 1000, 7) == course.moments(5, 1000, 7)
    assert course.moments(5, 1000, 7) != course.moments(5, 1000, 8)
    mails = [moment.mails for moment in course.moments(20, 1000, 7)]
    assert mails == sorted(mails)


def test_clients_with_ready_mails_reach_each_once(sink, ground):
    for one in (SmtpSource(ground), Pusher(ground)):
        if one.missing():
            assert not shutil.which("smtp-source")
            continue
        found = race(one, sink)
        assert (found.arrived, found.once) == (READERS, READERS), one.name


@pytest.mark.slow
@pytest.mark.e2e
def test_the_script_reaches_each_once_with_mails_of_the_size_of_ours(sink, ground):
    script = race(PlainScript("script", ground, "--inlined-once"), sink)
    assert script.once == READERS
    assert script.kilobytes == pytest.approx(ground.octets / 1000, rel=0.15)


@pytest.mark.slow
@pytest.mark.e2e
def test_a_kill_makes_the_script_without_a_table_double_and_ours_lose_nobody(sink, ground):
    kills = [Moment(20, 0.0)]
    anew = race(PlainScript("script", ground, "--inlined-once", "--anew"), sink, kills)
    assert (anew.kills, anew.lost) == (1, 0)
    assert anew.unmarked == anew.doubled >= 20
    ours = race(Digest(ground, 1), sink, kills)
    assert (ours.lost, ours.unmarked) == (0, 0)


def test_other_engines_get_the_mail_of_handlebars_and_values_for_it(ground):
    first = next(values(ground.mails, 1))
    assert first["address"] == "r0@example.org"
    assert len(first["cards"]) == 3
    assert len(first["lines"]) == 12
    django, go = django_template("mail.html"), go_template("mail.html", ".S")
    assert "{% for one in cards %}" in django
    assert "{{ one.title }}" in django
    assert "/more/{{ token }}/{{ one.id }}" in django
    assert "{{ range .S.cards }}" in go
    assert "/more/{{ .S.token }}/{{ .id }}" in go
    assert "{{ .S.follows }}" in go
    assert "#each" not in django + go


def test_tables_have_a_row_for_each(sink):
    found = race(Sender(), sink)
    assert "each once" in table.rates([found])
    assert table.kills([found]).splitlines()[1].split()[-6:-1] == ["50", "0", "0", "0", "0"]
