"""What a straightforward script does for every reader: the comparison of benchmarks.send."""

import smtplib
import sqlite3
import time
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from jinja2 import Environment, select_autoescape
from premailer import transform

from digest.app import App
from digest.db import due
from digest.db.editions import OpenEdition
from digest.model import Candidate, Reader

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ subject }}</title>
<style>
body { margin: 0; font-family: sans-serif; font-size: 16px; color: #1a1a1a; background: #fff }
.page { max-width: 640px; margin: 0 auto; padding: 16px }
h1 { font-size: 24px } h2 { font-size: 18px; margin: 24px 0 4px }
h2 a { color: #14457a; text-decoration: none } p { margin: 4px 0; line-height: 1.5 }
.why { color: #555; font-size: 14px } .links a { color: #14457a; margin-right: 12px }
.foot { color: #666; font-size: 13px; border-top: 1px solid #ddd; margin-top: 32px }
</style></head><body><div class="page"><h1>{{ subject }}</h1>
{% for paper in papers %}
<h2><a href="{{ base }}/paper/{{ paper.id }}">{{ paper.title }}</a></h2>
<p>{{ paper.abstract }}</p><p class="why">matches {{ paper.topics|join(', ') }}</p>
<p class="links"><a href="{{ base }}/more/{{ paper.id }}">More like this</a>
<a href="{{ base }}/less/{{ paper.id }}">Less like this</a></p>{% endfor %}
<p class="foot">You get this because you subscribed. <a href="{{ base }}/u/x">Unsubscribe</a></p>
</div></body></html>"""
TEXT = """{{ subject }}

{% for paper in papers %}{{ paper.title }}
{{ paper.abstract }}

{% endfor %}Unsubscribe: {{ base }}/u/x
"""


def choose(reader: Reader, candidates: tuple[Candidate, ...]) -> list[Candidate]:
    """Score every paper for one reader with plain loops."""
    scored = []
    for candidate in candidates:
        score = 0.5 * candidate.trend.score
        for slug, confidence in candidate.paper.topics.items():
            score += reader.preferences.topics.get(slug, 0.0) * confidence
        scored.append((score, candidate))
    scored.sort(key=lambda pair: -pair[0])
    return [candidate for _, candidate in scored[: reader.preferences.max_papers]]


def send_naively(
    app: App, edition: OpenEdition, readers: int, port: int, ledger: Path
) -> dict[str, float]:
    """Mail the first `readers` readers one by one; return CPU and wall seconds, median size."""
    environment = Environment(autoescape=select_autoescape(default_for_string=True))
    page, text = environment.from_string(PAGE), Environment().from_string(TEXT)  # noqa: S701
    with app.database.read() as session:
        dues = []
        while len(dues) < readers:
            after = dues[-1].subscriber_id if dues else 0
            dues += due.would_be_due(session, 0, [], after=after, now=app.clock())
    database = sqlite3.connect(ledger)
    database.execute("CREATE TABLE sent (address TEXT, at TEXT)")
    client = smtplib.SMTP("127.0.0.1", port)
    client.ehlo("bench.example.org")
    sizes = []
    cpu, wall = time.process_time(), time.perf_counter()
    for one in dues[:readers]:
        assert one.reader is not None
        papers = [found.paper for found in choose(one.reader, edition.edition.candidates)]
        values = {
            "subject": f"{len(papers)} papers for you",
            "papers": papers,
            "base": "https://digest.example.org",
        }
        message = EmailMessage()
        message["Subject"] = values["subject"]
        message["From"] = "Daily papers <digest@example.org>"
        message["To"] = one.reader.address
        message["Date"] = format_datetime(edition.edition.sends_at)
        message["Message-ID"] = make_msgid(domain="example.org")
        message.set_content(text.render(values), cte="quoted-printable")
        html = transform(page.render(values), disable_validation=True)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        sizes.append(len(message.as_bytes()))
        client.send_message(message)
        database.execute("INSERT INTO sent VALUES (?, datetime())", (one.reader.address,))
        database.commit()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    client.quit()
    database.close()
    return {"cpu": cpu, "seconds": wall, "bytes": sorted(sizes)[len(sizes) // 2]}
