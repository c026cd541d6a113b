"""CPU time of composing mails: the renderer beside the ways that are usual.

    python -m benchmarks.renderer

Every way makes the same mail for the same readers: 10 to 15 papers, all readers different in id,
address, picks, topics and phrases. Ways take turns; the median round counts. "first visit" meets
every phrase, subject and preview for the first time, "later visits" find them among the encoded.
"""

import random
import statistics
import time
from collections.abc import Callable
from email import policy
from email.message import EmailMessage

from digest.model import Edition, Pick, Preferences, Reader, Reason, ReasonKind
from digest.render.digest.contexts import Contexts
from tests.render.editions import (
    LETTERHEAD,
    SIGNER,
    TEMPLATES,
    TOPIC_NAMES,
    make_edition,
    make_renderer,
    summarise,
)
from tests.render.oracle import Oracle

ROUNDS = 7
PHRASES = ("KV cache", "speech codecs", "late pruning", "router experts", "long context", "OCR")
Job = tuple[Reader, list[Pick]]


def make_jobs(edition: Edition, count: int) -> list[Job]:
    """Return readers with 10 to 15 picks each in three to five sections."""
    chance = random.Random(21)
    return [_job(edition, number, chance) for number in range(1, count + 1)]


def _job(edition: Edition, number: int, chance: random.Random) -> Job:
    topics = chance.sample(sorted(TOPIC_NAMES), 2)
    phrase = f"{chance.choice(PHRASES)} {chance.randrange(50)}"
    reader = Reader(
        number,
        f"reader{number}@example.com",
        "Ann Bauer",
        Preferences(topics=dict.fromkeys(topics, 1.0), interests=(phrase,)),
        number.to_bytes(16, "big"),
    )
    reasons = [
        *[Reason(ReasonKind.INTEREST, phrase)] * 3,
        *[Reason(ReasonKind.TOPIC, slug) for slug in topics for _ in range(4)],
        *[Reason(ReasonKind.TRENDING)] * 4,
    ][: chance.randint(10, 15)]
    papers = chance.sample(edition.candidates, len(reasons))
    return reader, [Pick(each.paper.id, why) for each, why in zip(papers, reasons, strict=True)]


def cpu_milliseconds(work: Callable[[Job], object], jobs: list[Job]) -> float:
    """Return the CPU time of this process for one job."""
    started = time.process_time()
    for job in jobs:
        work(job)
    return (time.process_time() - started) * 1000 / len(jobs)


def per_edition() -> None:
    """Print what making a renderer costs."""
    for size in (100, 1000):
        edition = make_edition(size=size)
        started = time.process_time()
        make_renderer(edition)
        print(f"renderer of {size:5,} candidates: {time.process_time() - started:.2f} s CPU")


def per_message() -> None:
    """Print what a message costs, way by way."""
    edition = make_edition(size=200)
    jobs = make_jobs(edition, 2000)
    renderer = make_renderer(edition)
    first = cpu_milliseconds(lambda job: renderer.message(*job), jobs)
    octets = statistics.mean(len(renderer.message(*job).body) for job in jobs)
    oracle = Oracle(Contexts(edition, LETTERHEAD, TOPIC_NAMES, summarise), SIGNER, TEMPLATES)
    ready = (renderer.text(*jobs[0]), renderer.html(*jobs[0]))
    ways: dict[str, tuple[Callable[[Job], object], list[Job]]] = {
        "renderer, later visits": (lambda job: renderer.message(*job), jobs),
        "EmailMessage over ready parts": (lambda _: _email_message(*ready), jobs[:20]),
        "Jinja2, premailer, EmailMessage": (lambda job: bytes(oracle.message(*job)), jobs[:20]),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (work, some) in ways.items():
            taken[name].append(cpu_milliseconds(work, some))
    print(f"{octets:,.0f} octets a message")
    print(f"{'renderer, first visit':32} {first:8.4f} ms CPU a message")
    for name, times in taken.items():
        print(f"{name:32} {statistics.median(times):8.4f} ms CPU a message")


def _email_message(text: str, html: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP.clone(max_line_length=76))
    mail["Subject"] = "10 papers · 21 Nov"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return bytes(mail)


if __name__ == "__main__":
    per_edition()
    per_message()
