"""The simulated fleet sends to everybody, and the same seed is the same day."""

from dataclasses import replace

import pytest

from benchmarks.fleet_simulation.day import MINUTE, Fleet, delivered_late, simulate
from benchmarks.fleet_simulation.waves import DAY, waves

READERS = 1_000_000
FLEET = Fleet(
    machines=4,
    processes=8,
    connections=8,
    mail_ms=100.0,
    relay_rate=10_000.0,
    plan_rate=10_000.0,
    portion=0,
)
BUSY = 6 * 3600 + 120  # two minutes into the largest wave


def test_waves_add_up_and_come_in_order():
    found = waves(READERS)
    assert sum(wave.readers for wave in found) == READERS
    moments = [wave.at for wave in found]
    assert moments == sorted(set(moments))
    assert all(0 <= at < DAY for at in moments)


@pytest.mark.parametrize("death", [None, BUSY])
def test_everybody_is_sent_to_once(death):
    day = simulate(waves(READERS), FLEET, seed=1, death=death)
    assert day.sent.total() == READERS
    assert (day.doubt > 0) is (death is not None)


def test_the_same_seed_is_the_same_day():
    days = [simulate(waves(READERS), FLEET, seed=seed) for seed in (1, 1, 2)]
    assert days[0] == days[1] != days[2]


def test_a_lost_machine_leaves_few_in_doubt_and_slows_the_rest():
    whole = simulate(waves(READERS), FLEET, seed=1)
    hurt = simulate(waves(READERS), FLEET, seed=1, death=BUSY)
    assert 0 < hurt.doubt <= FLEET.processes * (100 + 2 * FLEET.connections)
    assert max(hurt.last.values()) > max(whole.last.values())


def test_portions_let_sending_begin_before_all_is_planned():
    day = simulate(waves(READERS), replace(FLEET, portion=10_000), seed=1)
    largest = max(range(len(day.planned)), key=lambda wave: waves(READERS)[wave].readers)
    assert day.first[largest] < day.planned[largest]


def test_the_relays_are_the_limit_where_they_are_slower():
    assert FLEET.rate == 4 * 8 * 10
    assert replace(FLEET, relay_rate=50.0).rate == 50


def test_a_provider_that_takes_less_delays_its_share():
    day = simulate(waves(READERS), FLEET, seed=1)
    assert delivered_late(day.sent, 0.5, 1e9) == (0, 0)
    minutes, most = delivered_late(day.sent, 0.5, 20.0)
    assert minutes > 0
    assert most == pytest.approx(minutes * 20 * MINUTE, rel=0.2)
