"""One way to stop for every process: finish within a bound, and at once when asked twice."""

import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import REPOSITORY

CODE = """
import sys, time
from digest.ground.signals import stopped_by_signal
with stopped_by_signal({bound}, of_parent={child}) as stop:
    print("ready", flush=True)
    stop.wait()
    print("stopping", flush=True)
    time.sleep({work})
print("done", flush=True)
"""


def start(bound, work, *, child=False, before=()):
    code = CODE.format(bound=bound, work=work, child=child)
    process = subprocess.Popen(
        [*before, sys.executable, "-c", code],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_first_signal_lets_it_finish(number):
    process = start(30, 0.2)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "stopping\ndone\n")


def test_what_takes_longer_than_the_bound_is_ended():
    process = start(0.3, 60)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "stopping\n")
    assert "DIGEST_DRAIN_SECONDS" in errors


def test_a_second_signal_ends_it_at_once():
    process = start(30, 60)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


# A closed terminal says so twice, or what ends its session asks after it: neither ends anything.
@pytest.mark.parametrize("then", [signal.SIGHUP, signal.SIGTERM])
def test_what_follows_a_closed_terminal_leaves_it_the_time_to_finish(then):
    process = start(30, 0.5)
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(then)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "done\n")


def test_who_asks_twice_after_a_closed_terminal_ends_it_at_once():
    process = start(30, 60)
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


def test_under_nohup_a_closed_terminal_stops_nothing():
    process = start(30, 0, before=("nohup",))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "stopping\ndone\n")


def test_a_child_that_is_told_twice_finishes_all_the_same_and_leaves_ctrl_c_to_its_parent():
    process = start(30, 0.5, child=True)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "done\n")
