"""What a straightforward script does for every reader: the comparison of benchmarks.send.

The same mail as ours (tests.render.oracle: our templates, Jinja2, premailer and EmailMessage over
the whole of it), chosen with plain loops, sent with smtplib over one connection, a commit a row.
Summaries are made once a paper, as anybody would.
"""

import smtplib
import sqlite3
import time
from collections.abc import Sequence
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from digest.app import App
from digest.delivery.store import due_deliveries
from digest.editions.store.editions import OpenEdition
from digest.ground.tokens.links import LinkSigner
from digest.model import Candidate, Pick, Reader, Reason, ReasonKind
from digest.render.digest.contexts import Contexts
from tests.render.oracle import Oracle


def choose(reader: Reader, candidates: tuple[Candidate, ...]) -> list[Pick]:
    """Score every paper for one reader, and group what is best by topic."""
    scored = []
    for place, candidate in enumerate(candidates):
        parts = [
            (reader.preferences.topics.get(slug, 0.0) * confidence, slug)
            for slug, confidence in candidate.paper.topics.items()
        ]
        best, slug = max(parts, default=(0.0, ""))
        score = sum(part for part, _ in parts) + 0.5 * candidate.trend.score
        reason = Reason(ReasonKind.TOPIC, slug) if best > 0 else Reason(ReasonKind.TRENDING)
        scored.append((score, -place, Pick(candidate.paper.id, reason)))
    scored.sort(reverse=True)
    picks = [pick for _, _, pick in scored[: reader.preferences.max_papers]]
    return sorted(picks, key=lambda pick: pick.reason)


def send_naively(
    app: App,
    edition: OpenEdition,
    dues: Sequence[due_deliveries.DueDelivery],
    port: int,
    ledger: Path,
) -> dict[str, float]:
    """Mail these readers one by one; return CPU and wall seconds, median size."""
    names = {topic.slug: topic.name for topic in app.files.catalogue.topics}
    contexts = Contexts(edition.edition, app.identity.letterhead, names, cache(app.files.summarise))
    oracle = Oracle(contexts, LinkSigner(app.settings.keys), app.files.templates)
    database = sqlite3.connect(ledger)
    database.execute("CREATE TABLE sent (address TEXT, at TEXT)")
    client = smtplib.SMTP("127.0.0.1", port)
    client.ehlo("bench.example.org")
    sizes = []
    cpu, wall = time.process_time(), time.perf_counter()
    for one in dues:
        assert one.reader is not None
        message = oracle.message(one.reader, choose(one.reader, edition.edition.candidates))
        message["From"] = (
            f"{app.identity.letterhead.name} <{app.identity.letterhead.sender_address}>"
        )
        message["To"] = one.reader.address
        message["Date"] = format_datetime(edition.edition.sends_at)
        raw = message.as_bytes()
        sizes.append(len(raw))
        client.sendmail(app.identity.letterhead.sender_address, [one.reader.address], raw)
        database.execute("INSERT INTO sent VALUES (?, datetime())", (one.reader.address,))
        database.commit()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    client.quit()
    database.close()
    return {"cpu": cpu, "seconds": wall, "bytes": sorted(sizes)[len(sizes) // 2]}
