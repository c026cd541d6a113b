"""Made-up editions and readers for the tests and the benchmark of rendering."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from digest.ground.text.plain_text import shorten
from digest.ground.tokens.links import LinkSigner
from digest.model import (
    Cadence,
    Candidate,
    DeliverySchedule,
    Edition,
    Letterhead,
    Paper,
    Pick,
    Preferences,
    Reader,
    Reason,
    ReasonKind,
    Trend,
)
from digest.render.digest.contexts import Contexts
from digest.render.digest.renderer import Renderer
from tests.factories import NONCE
from tests.render.oracle import Oracle

FOLDER = Path(__file__).parents[2] / "templates" / "email"
TEMPLATES = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(FOLDER.glob("*/*"))
}
SIGNER = LinkSigner([b"a key that only these tests have"])
TOPIC_NAMES = {
    "inference": "Efficient inference & serving",
    "compression": "Compression",
    "speech": "Speech & audio",
    "vision": "Vision & multimodal",
    "evaluation": "Evaluation & benchmarks",
}
LETTERHEAD = Letterhead(
    name="Daily papers",
    sender_name="Daily papers",
    sender_address="digest@papers.example.org",
    bounce_address="bounce@papers.example.org",
    base_url="https://papers.example.org",
    postal_address="Reading Room\n1 Quiet Lane\n12345 Smalltown",
    timezone="Europe/Berlin",
)
PLAIN_TITLES = (
    "Forgetting on Purpose: Evicting Cache Entries by What the Next Layer Will Ask",
    "Three Bits Are Enough for Most Weights, and Here Is the List of the Others",
    "A Small Codec That Hears Rooms",
    "LedgerBench: Do Language Models Balance Their Books?",
    "Draft, Check, Redraft: Speculative Decoding Without a Second Model",
    "Reading Receipts in Forty Scripts with One Encoder",
    "What a Router Learns When Every Expert Is the Same",
    "Whispered Speech Recognition from Synthetic Breath",
    "Pruning Late: Sparsity That Survives Fine-Tuning",
    "How Long Is a Long Context? A Survey of Needles, Haystacks and Better Questions",
    "Serving a Thousand Adapters from One Graph",
    "Maps of Meaning: Probing Street Views for Opening Hours",
    "Quiet Gradients: Clipping by Layer Age",
    "Talking Over Each Other: Full-Duplex Dialogue at 80 ms",
    "The Cheapest Judge: Ranking Answers with Compression Distance",
)
ABSTRACT = (
    "We look at a simple question that a growing number of systems answer by habit. Across nine "
    "models and four workloads we measure what the habit costs, propose a rule with a single knob, "
    "and find that it keeps 99.2 % of the quality at 41 % of the memory. Code and logs are public. "
) * 3


def summarise(_: str, abstract: str) -> str:
    """Stand in for the real summariser."""
    return shorten(abstract, 240)


def make_candidate(number: int, **changes: Any) -> Candidate:
    """Return candidate `number`, from 1; every third has code, every fifth a project page."""
    fields: dict[str, Any] = {
        "id": number,
        "title": PLAIN_TITLES[(number - 1) % len(PLAIN_TITLES)],
        "abstract": f"Paper {number}. {ABSTRACT}",
        "url": f"https://arxiv.org/abs/2611.{number:05}" if number % 4 else "",
        "code_urls": (f"https://github.com/example/project-{number}",) if number % 3 == 0 else (),
        "project_urls": (f"https://project-{number}.example.com/",) if number % 5 == 0 else (),
        "authors": ("Ada Elm", "Bo Fir", "Cy Oak", "Di Yew")[: number % 5],
        "topics": {"inference": 0.9, "compression": 0.4} if number % 2 else {"speech": 0.8},
    }
    trend = Trend(
        score=1 / number,
        best_rank=number,
        dumps=number % 4 + 1,
        age_days=number % 3,
        week_dumps=number % 2 + 1 if number % 4 else 0,
        week_rank=number if number % 4 else None,
        known_days=number % 3,
    )
    return Candidate(Paper(**{**fields, **changes}), trend)


def make_edition(*candidates: Candidate, size: int = 15) -> Edition:
    """Return an edition of these candidates, or of `size` made-up ones."""
    return Edition(
        date=date(2026, 11, 21),
        sends_at=datetime(2026, 11, 21, 6, tzinfo=UTC),
        domain="papers.example.org",
        candidates=candidates or tuple(make_candidate(number + 1) for number in range(size)),
    )


def make_reader(subscriber_id: int = 42, **changes: Any) -> Reader:
    """Return a reader with a name, two topics and an interest."""
    fields: dict[str, Any] = {
        "address": f"reader{subscriber_id}@example.com",
        "name": "Ann Bauer",
        "preferences": Preferences(
            topics={"inference": 2.0, "speech": 1.0},
            interests=("KV cache",),
            schedule=DeliverySchedule(Cadence.DAILY, 7, "Europe/Berlin"),
        ),
    }
    return Reader(subscriber_id, nonce=NONCE, **{**fields, **changes})


def make_picks(edition: Edition, count: int = 10) -> list[Pick]:
    """Return picks for all kinds of reasons: interest, two topics, trending, outside."""
    reasons = [
        *[Reason(ReasonKind.INTEREST, "KV cache")] * 2,
        *[Reason(ReasonKind.TOPIC, "inference")] * 3,
        *[Reason(ReasonKind.TOPIC, "speech")] * 2,
        *[Reason(ReasonKind.TRENDING)] * max(0, count - 8),
        Reason(ReasonKind.OUTSIDE, "vision"),
    ]
    candidates = edition.candidates[:count]
    return [
        Pick(candidate.paper.id, reason)
        for candidate, reason in zip(candidates, reasons, strict=False)
    ]


def make_renderer(edition: Edition, **changes: Any) -> Renderer:
    """Return the renderer of an edition with the shipped templates."""
    parts: dict[str, Any] = {
        "letterhead": LETTERHEAD,
        "topic_names": TOPIC_NAMES,
        "signer": SIGNER,
        "templates": TEMPLATES,
        "summarise": summarise,
    }
    return Renderer(edition, **{**parts, **changes})


def make_oracle(edition: Edition, **changes: Any) -> Oracle:
    """Return the slow way to the mails of an edition, for the same parts as `make_renderer`."""
    parts: dict[str, Any] = {
        "letterhead": LETTERHEAD,
        "topic_names": TOPIC_NAMES,
        "summarise": summarise,
        **changes,
    }
    return Oracle(Contexts(edition, **parts), SIGNER, TEMPLATES)
