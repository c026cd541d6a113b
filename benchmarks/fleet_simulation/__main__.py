"""A hundred million readers in a day: what the senders, the relays and PostgreSQL see.

    python -m benchmarks.fleet_simulation [--readers 100000000] [--machines 4] [--dies HH:MM]
        [--write docs/images/scale.svg]

Every figure that was measured is an argument, with what was measured here as its default; what is
assumed of readers (`waves`) and of providers is assumed. The same seed gives the same table.
"""

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.fleet_simulation.day import MINUTE, Day, Fleet, delivered_late, simulate
from benchmarks.fleet_simulation.waves import DAY, HOUR, Wave, waves
from digest.delivery.store.planning import BATCH_SIZE
from digest.web.console.plot_svg import Kind, Plot, Series, draw

_MEASURED = {  # argument: (default, what it is)
    "mail-ms": (0.75, "CPU of a mail without its signature"),
    "sign-ms": (0.52, "CPU of its RSA-2048 signature"),
    "octets": (26_900, "of a mail, with its commands"),
    "plan-rate": (55_000, "rows planned a second"),
    "relay": (720, "mails a second that one relay takes (Postfix, two cores)"),
    "row": (350, "octets of a delivery with its index, while its details are kept"),
    "thin": (32, "octets of a delivery once it is thinned"),
    "wal": (730, "octets of PostgreSQL's log for a delivery, planned and sent"),
    "database-ms": (0.06, "CPU of PostgreSQL for a delivery"),
    "transactions": (12, "of a batch"),
}
# Share of readers, and mails a second that we may hand over. Assumed: no provider publishes it.
_PROVIDERS = {"gmail": (0.40, 4000), "outlook": (0.20, 1500), "yahoo": (0.08, 800)}

_SHOWN = 0.03  # of all readers: smaller waves are left out of the table
# Of mails, all assumed: links that scanners open as soon as it is there; one-click presses in the
# same minutes; what comes back.
_SCANNED, _PRESSED, _RETURNED = 0.05 * 2, 0.0005, 0.005


def main() -> None:
    """Simulate, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=100_000_000)
    parser.add_argument("--machines", type=int, default=4, help="that send")
    parser.add_argument("--processes", type=int, default=8, help="of each, a core for each")
    parser.add_argument("--connections", type=int, default=8, help="of each process")
    parser.add_argument("--relays", type=int, default=24)
    parser.add_argument("--portion", type=int, default=0, help="readers planned at once; 0: all")
    parser.add_argument("--dies", default="", help="HH:MM, UTC: a machine is lost for good")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="an SVG of the day")
    for name, (default, meaning) in _MEASURED.items():
        parser.add_argument(f"--{name}", type=float, default=default, help=meaning)
    options = parser.parse_args()
    fleet = Fleet(
        machines=options.machines,
        processes=options.processes,
        connections=options.connections,
        mail_ms=options.mail_ms + options.sign_ms,
        relay_rate=options.relays * options.relay,
        plan_rate=options.plan_rate,
        portion=options.portion,
    )
    due = waves(options.readers)
    death = _seconds(options.dies) if options.dies else None
    day = simulate(due, fleet, seed=options.seed, death=death)
    assert day.sent.total() == options.readers
    print(_table(due, day, options))
    print(_summary(day, fleet, options))
    if options.write:
        options.write.write_bytes(draw(_plot(due, day)))


def _table(due: list[Wave], day: Day, options: argparse.Namespace) -> str:
    lines = [
        "| due (UTC) | readers | planned after | first sent | all sent | mails/s | "
        "transactions/s | WAL MB/s | PostgreSQL cores | Mbit/s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for number, wave in enumerate(due):
        if wave.readers < _SHOWN * options.readers:
            continue
        minutes = range(int(day.first[number]) // MINUTE, int(day.last[number]) // MINUTE + 1)
        rate = max(day.sent[minute] for minute in minutes) / MINUTE
        cells = (
            _clock(wave.at),
            f"{wave.readers:,}",
            *(_after(wave, each[number]) for each in (day.planned, day.first, day.last)),
            f"{rate:,.0f}",
            f"{rate / BATCH_SIZE * options.transactions:,.0f}",
            f"{rate * options.wal / 1e6:.1f}",
            f"{rate * options.database_ms / 1000:.2f}",
            f"{rate * options.octets * 8 / 1e6:,.0f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _summary(day: Day, fleet: Fleet, options: argparse.Namespace) -> str:
    readers, busiest = options.readers, max(day.sent.values()) / MINUTE
    lines = [
        f"{day.batches:,} batches; at most {fleet.rate:,.0f} mails/s, {busiest:,.0f} in a minute",
        f"CPU of sending: {readers * fleet.mail_ms / 1000 / HOUR:,.1f} core hours a day, of them"
        f" {readers * options.sign_ms / 1000 / HOUR:,.1f} for signatures",
        f"PostgreSQL: {readers * options.database_ms / 1000 / HOUR:.1f} core hours,"
        f" {readers * options.wal / 1e9:,.0f} GB of WAL a day",
        f"ledger: {readers * options.row / 1e9:,.0f} GB a day,"
        f" {readers * options.row * 30 / 1e9:,.0f} in 30 days,"
        f" {readers * options.thin * 365 / 1e9:,.0f} a year of thinned ones",
        f"out: {readers * options.octets / 1e12:.1f} TB a day",
    ]
    lines += [
        f"scanners: {busiest * _SCANNED:,.0f} pages a second; presses: {busiest * _PRESSED:,.1f}",
        f"returned mails: {readers * _RETURNED:,.0f} a day, {busiest * _RETURNED:,.0f} a second",
    ]
    if options.dies:
        lines.append(
            f"a machine died at {options.dies}: {day.doubt:,} readers in doubt, each marked"
        )
    for name, (share, rate) in _PROVIDERS.items():
        minutes, most = delivered_late(day.sent, share, rate)
        lines.append(
            f"{name}: {share:.0%} of readers at {rate:,} a second: up to {minutes} min later,"
            f" {most:,} waiting"
        )
    return "\n".join(lines)


def _plot(due: list[Wave], day: Day) -> Plot:
    """Draw quarters of an hour: who is due, and what is sent."""
    quarter = HOUR // 4
    wanted: Counter[int] = Counter()
    for wave in due:
        wanted[wave.at // quarter] += wave.readers
    sent: Counter[int] = Counter()
    for minute, mails in day.sent.items():
        sent[minute * MINUTE // quarter] += mails
    quarters = range(max(DAY // quarter, max(sent) + 1))
    return Plot(
        "Readers due and mails sent, millions in a quarter of an hour, by UTC",
        [_clock(each * quarter) for each in quarters],
        [
            Series("due", [wanted[each] / 1e6 for each in quarters]),
            Series("sent", [sent[each] / 1e6 for each in quarters]),
        ],
        Kind.LINES,
        "million",
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // HOUR % 24:02}:{int(seconds) % HOUR // 60:02}"


def _after(wave: Wave, seconds: float) -> str:
    return f"{(seconds - wave.at) / MINUTE:.1f} min"


def _seconds(clock: str) -> float:
    hours, minutes = clock.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


if __name__ == "__main__":
    main()
