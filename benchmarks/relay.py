"""How fast the relay pushes mail into Postfix's smtp-sink, beside Postfix's own smtp-source.

    python -m benchmarks.relay [--messages 10000] [--size 43000] [--connections 8] [--rounds 3]

Both push into the same sink on loopback, in turn. The rate of the relay is what one Python process
reaches; smtp-source is C and does not wait for a composer. CPU is that of this process alone.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from digest.mail.relay import Relay
from digest.mail.smtp_url import SmtpUrl
from digest.model import Answer, Message, Reply


class Tally:
    """Counts answers by their code."""

    def __init__(self) -> None:
        self.codes: Counter[int] = Counter()

    def begin(self, _message: Message) -> None:
        """Nothing is kept here."""

    def answer(self, _message: Message, answer: Answer) -> None:
        """Count one answer; 0 is no reply."""
        self.codes[answer.code if isinstance(answer, Reply) else 0] += 1


@contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "100"])
    time.sleep(0.3)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def push(port: int, options: argparse.Namespace) -> tuple[float, float]:
    """Send with the relay; return messages a second and CPU milliseconds a message."""
    line = b"A line of a digest as it goes out, seventy-six columns wide, and no dot....=\r\n"
    body = b"Subject: benchmark\r\n\r\n" + line * (options.size // len(line))
    messages = (
        Message(number, f"bounce+{number}@example.org", f"reader{number}@example.org", body)
        for number in range(options.messages)
    )
    tally = Tally()
    url = SmtpUrl("smtp", "127.0.0.1", port)
    with Relay([url], connections=options.connections) as relay:
        before, started = os.times(), time.perf_counter()
        relay.deliver(messages, tally, lambda: False)
        seconds, after = time.perf_counter() - started, os.times()
    assert tally.codes == {250: options.messages}, tally.codes
    spent = after.user - before.user + after.system - before.system
    return options.messages / seconds, spent / options.messages * 1000


def push_with_source(port: int, options: argparse.Namespace) -> float:
    """Send with smtp-source; return messages a second."""
    numbers = ["-s", options.connections, "-l", options.size, "-m", options.messages]
    started = time.perf_counter()
    command = ["smtp-source", "-d", *map(str, numbers), f"127.0.0.1:{port}"]
    subprocess.run(command, check=True)
    return float(options.messages / (time.perf_counter() - started))


def main() -> None:
    """Measure both in turn and print every round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=43_000, help="bytes")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not (shutil.which("smtp-sink") and shutil.which("smtp-source")):
        sys.exit("smtp-sink and smtp-source are needed; they come with Postfix")
    ratios, costs = [], []
    with sink() as port:
        for number in range(1, options.rounds + 1):
            rate, cost = push(port, options)
            source_rate = push_with_source(port, options)
            ratios.append(rate / source_rate)
            costs.append(cost)
            print(
                f"round {number}: relay {rate:,.0f} messages/s, {cost:.3f} ms CPU each; "
                f"smtp-source {source_rate:,.0f} messages/s; ratio {rate / source_rate:.2f}"
            )
    print(f"median ratio {statistics.median(ratios):.2f}, CPU {statistics.median(costs):.3f} ms")


if __name__ == "__main__":
    main()
