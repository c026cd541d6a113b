"""Senders in turns, for the same readers, into a sink that counts who got what.

    python -m benchmarks.race [--readers 20000] [--rounds 1] [--only NAME...] [--json]
    python -m benchmarks.race --kill 5 [--seed 1] [--readers 1000]

Ours with one worker and two, on SQLite and PostgreSQL; the plain script (benchmarks.naive), also
with its style inlined once; nodemailer; and clients that push ready mails, which are the limit.
Slow ones get a part of the readers. What is not here is left out and named. By environment, where
you have them:

    RACE_POSTGRES              a PostgreSQL in which databases may be made (race_...); else our own
    RACE_LISTMONK              the program of listmonk (6.x); wants RACE_POSTGRES, with pgcrypto
    RACE_DJANGO_POST_OFFICE    a Python that has Django and django-post_office

With --kill everybody gets all readers, is killed so often (SIGKILL to all its processes) at the
same seeded moments, and is started again as its manual says. "lost" got no copy; "doubled" got
more than one; "unmarked" are those of them whose sender does not say itself that it may be so.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict, fields
from pathlib import Path

from benchmarks.measure import discard_sink
from benchmarks.race import course, table
from benchmarks.race.contestant import Contestant
from benchmarks.race.course import Moment, Result
from benchmarks.race.django_post_office import PostOffice
from benchmarks.race.ground import Ground
from benchmarks.race.listmonk import Listmonk
from benchmarks.race.nodemailer import Nodemailer
from benchmarks.race.ours import Digest
from benchmarks.race.ready import Pusher, SmtpSource
from benchmarks.race.scripts import PlainScript

_LEAST = 50  # readers, of those who get a part
_READERS, _READERS_KILLED = 20_000, 1000


def contestants(ground: Ground) -> list[Contestant]:
    """Return all there are, in the order of the table."""
    return [
        Digest(ground, 1),
        Digest(ground, 2),
        Digest(ground, 1, on_postgres=True),
        Digest(ground, 2, on_postgres=True),
        Listmonk(ground, own_papers=False),
        Listmonk(ground, own_papers=True),
        Nodemailer(ground),
        PostOffice(ground),
        PlainScript("plain script", ground),
        PlainScript("plain script, inlined once", ground, "--inlined-once"),
        PlainScript("plain script, begun anew", ground, "--inlined-once", "--anew"),
        SmtpSource(ground),
        Pusher(ground),
    ]


def main() -> None:
    """Race, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, help=f"{_READERS:,}, or {_READERS_KILLED:,}")
    parser.add_argument("--rounds", type=int, default=1, help="each figure is their median")
    parser.add_argument("--only", nargs="+", default=[], help="names, or how they begin")
    parser.add_argument("--kill", type=int, default=0, help="how often each is killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--limit", type=float, default=900, help="seconds, for each turn")
    parser.add_argument("--json", action="store_true", help="an object a contestant")
    options = parser.parse_args()
    options.readers = options.readers or (_READERS_KILLED if options.kill else _READERS)
    with (
        tempfile.TemporaryDirectory() as folder,
        ExitStack() as stack,
        discard_sink() as sink,
    ):
        chosen = _chosen(contestants(Ground(Path(folder), options.readers, stack)), options)
        kills = course.moments(options.kill, options.readers, options.seed)
        turns: dict[str, list[Result]] = defaultdict(list)
        for _ in range(options.rounds):
            for one in chosen:
                readers = _share(one, options.readers, kills)
                try:
                    turn = course.run(one, sink, readers, kills, limit=options.limit)
                except (RuntimeError, TimeoutError) as error:
                    print(f"{one.name} is left out: {error}", file=sys.stderr)
                    continue
                turns[one.name].append(turn)
                print(one.name, "is through", file=sys.stderr)
    found = [_median(each) for each in turns.values()]
    if options.json:
        print(*(json.dumps(asdict(one)) for one in found), sep="\n")
    else:
        print(table.kills(found) if options.kill else table.rates(found))


def _chosen(all_there_are: list[Contestant], options: argparse.Namespace) -> list[Contestant]:
    wanted = [
        one
        for one in all_there_are
        if (one.may_die if options.kill else not one.kills_only)
        and (not options.only or any(one.name.startswith(name) for name in options.only))
    ]
    if not options.json:
        for one in wanted:
            if missing := one.missing():
                print(f"{one.name} is left out: {missing} is not here")
    return [one for one in wanted if not one.missing()]


def _share(contestant: Contestant, readers: int, kills: list[Moment]) -> int:
    share = 1 if kills else contestant.share
    return min(readers, max(_LEAST, round(readers * share)))


def _median(turns: list[Result]) -> Result:
    """Return the median of each figure; of what was lost or doubled the worst."""
    figures = {}
    for field in fields(Result):
        values = [getattr(turn, field.name) for turn in turns]
        if field.type in ("float", float):
            figures[field.name] = statistics.median(values)
        else:
            figures[field.name] = (min if field.name in ("arrived", "once") else max)(values)
    return Result(**figures)


if __name__ == "__main__":
    main()
