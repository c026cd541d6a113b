"""What a straightforward script does for every reader: the comparison of the race.

The same mail as ours (tests.render.oracle: our templates, Jinja2, premailer and EmailMessage over
the whole of it), chosen with plain loops, sent with smtplib over one connection, a commit a row.
Summaries are made once a paper, as anybody would. Somebody who thought of it inlines the style into
the templates beforehand.
"""

import re
import smtplib
import sqlite3
from collections.abc import Mapping, Sequence
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

_SAMPLES = 20  # readers whose mails show how each element of a template is styled
_OPENING = re.compile(r"<([a-z][a-z0-9]*)(?=[\s>{])")
_NUMBERED = re.compile(r'<[a-z][^>]* data-n="(\d+)"[^>]*>')
_STYLE = re.compile(r'\sstyle=("[^"]*"|\'[^\']*\')')


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
    *,
    once: bool = False,
) -> None:
    """Mail these readers one by one, but those that the table has. once: inline beforehand."""
    names = {topic.slug: topic.name for topic in app.files.catalogue.topics}
    contexts = Contexts(edition.edition, app.identity.letterhead, names, cache(app.files.summarise))
    signer = LinkSigner(app.settings.keys)
    oracle = Oracle(contexts, signer, app.files.templates)
    candidates = edition.edition.candidates
    if once:
        oracle = _inlined(contexts, signer, app.files.templates, dues[:_SAMPLES], candidates)
    database = sqlite3.connect(ledger)
    database.execute("CREATE TABLE IF NOT EXISTS sent (address TEXT PRIMARY KEY, at TEXT)")
    sent = {address for (address,) in database.execute("SELECT address FROM sent")}
    client = smtplib.SMTP("127.0.0.1", port)
    client.ehlo("bench.example.org")
    for one in dues:
        assert one.reader is not None
        if one.reader.address in sent:
            continue
        message = oracle.message(one.reader, choose(one.reader, candidates))
        message["From"] = (
            f"{app.identity.letterhead.name} <{app.identity.letterhead.sender_address}>"
        )
        message["To"] = one.reader.address
        message["Date"] = format_datetime(edition.edition.sends_at)
        client.sendmail(
            app.identity.letterhead.sender_address, [one.reader.address], message.as_bytes()
        )
        database.execute("INSERT INTO sent VALUES (?, datetime())", (one.reader.address,))
        database.commit()
    client.quit()
    database.close()


class _Plainly(Oracle):
    """Does not inline: its templates have their style already."""

    def html(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> str:
        """Return the HTML part as Jinja2 makes it."""
        personal = self._personal(reader, picks, rest)
        return self._body("html", personal, reader, picks, rest, write=str)


def _inlined(
    contexts: Contexts,
    signer: LinkSigner,
    templates: Mapping[str, str],
    samples: Sequence[due_deliveries.DueDelivery],
    candidates: tuple[Candidate, ...],
) -> Oracle:
    """Number the elements of the templates, look how premailer styles them, and write that in."""
    count = iter(range(1_000_000))
    numbered = {
        name: _OPENING.sub(lambda found: f'<{found[1]} data-n="{next(count)}"', text)
        if name.endswith(".html")
        else text
        for name, text in templates.items()
    }
    slow, styles = Oracle(contexts, signer, numbered), dict[str, str]()
    for one in samples:
        assert one.reader is not None
        html = slow.html(one.reader, choose(one.reader, candidates))
        for element in _NUMBERED.finditer(html):
            style = _STYLE.search(element[0])
            styles.setdefault(element[1], style[0] if style else "")
    styled = {
        name: re.sub(r' data-n="(\d+)"', lambda found: styles.get(found[1], ""), text)
        for name, text in numbered.items()
    }
    return _Plainly(contexts, signer, styled)
