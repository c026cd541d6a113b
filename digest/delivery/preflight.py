"""The pre-flight check of an edition: sample mails are composed and looked at before any is sent.

It runs once a send, whatever the number of readers; a message costs nothing more for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from digest.delivery.store import stops
from digest.editions.store.editions import OpenEdition
from digest.errors import BlockedError, ComposeError
from digest.ground.database.engine import Database
from digest.model import Edition, Layout, Message, Pick, Reader
from digest.render.lint import samples
from digest.render.lint.finding import Finding, Level, Sample, ServiceIdentity, error

_TOLD = 10  # errors that the message of a blocked edition names


class Composing(Protocol):
    """What composes mails of one edition: `RendererSet`."""

    def fit(self, reader: Reader, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Return the picks that go into the mail."""

    def message(self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0) -> Message:
        """Compose the mail."""

    def shown_as(self, reader: Reader, picks: Sequence[Pick]) -> list[str]:
        """Return how the mail calls each paper."""


def look_at(found: Sequence[Sample], identity: ServiceIdentity) -> list[Finding]:
    """Read sample mails, and return what is wrong with them, errors first."""
    from digest.render.lint.check import check, read  # lxml comes with them

    return check([read(sample) for sample in found], identity)


@dataclass(frozen=True, slots=True)
class Preflight:
    """Checks editions.

    compose: makes what composes the mails of an edition. topics: slugs that a reader may follow.
    variants: the layouts and languages that readers may have. others: composes what is sent beside
    the digest, each with its name, from made-up words. look: looks at the samples.
    """

    compose: Callable[[Edition], Composing]
    identity: ServiceIdentity
    topics: Sequence[str]
    variants: Sequence[tuple[Layout, str]] = ((Layout.STANDARD, "en"),)
    others: Callable[[], Iterable[tuple[str, Message]]] = tuple
    look: Callable[[Sequence[Sample], ServiceIdentity], list[Finding]] = look_at

    def check(self, edition: Edition, whole: Callable[[], object] = lambda: None) -> list[Finding]:
        """Return what is wrong with the mails of an edition, errors first.

        whole: makes what will compose the edition, where it is needed anyway; for the check itself
        something smaller is made. Looked at are, in every variant: a mail over papers of our own,
        in which every odd word is the templates'; one with one paper; the longest that fits. And
        the other mails.
        """
        made_up = samples.made_up_edition(edition, self.topics)
        looked_at = replace(edition, candidates=edition.candidates[: samples.MOST_CANDIDATES])
        try:
            trial = self.compose(made_up)
            real = self.compose(looked_at)
            whole()
            found = []
            for variant in self.variants:
                found.append(self._sample(trial, made_up, "made-up papers", *variant))
                if edition.candidates:
                    found.append(self._sample(real, looked_at, "one paper", *variant, most=1))
                    found.append(self._sample(real, looked_at, "longest mail", *variant))
            found += [_single(name, message.body) for name, message in self.others()]
        except ComposeError as exc:
            return [error(f"it cannot be composed: {exc}", "templates", "fix what it names")]
        return self.look(found, self.identity)

    def _sample(
        self,
        renderer: Composing,
        edition: Edition,
        name: str,
        layout: Layout,
        language: str,
        most: int | None = None,
    ) -> Sample:
        topics = self.topics[:2]
        reader = samples.make_reader(topics, layout, language)
        picks = samples.make_picks(edition.candidates[:most], topics)
        fitting = renderer.fit(reader, picks)
        message = renderer.message(reader, fitting, rest=len(picks) - len(fitting))
        variant = (
            "" if layout is Layout.STANDARD and language == "en" else f" ({layout}, {language})"
        )
        return Sample(
            name=f"{name}{variant}",
            content=message.body,
            titles=renderer.shown_as(reader, fitting),
            with_html=layout is not Layout.TEXT,
            neutral=name == "made-up papers",
        )


def approve(
    database: Database,
    edition: OpenEdition,
    findings: Sequence[Finding],
    *,
    force: bool,
    now: datetime,
) -> None:
    """Block an edition in which there are errors; unblock it when there are none any more.

    force: unblock it all the same. Raises BlockedError, which names the errors, when it is blocked;
    the edition's row then says since when and why, until a later check unblocks it.
    """
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    reason = "\n".join(map(str, errors[:_TOLD])) if errors and not force else None
    with database.write() as session:
        stops.set_blocked(session, edition.id, reason, now)
    if reason is not None:
        more = f"\nand {len(errors) - _TOLD} more" if len(errors) > _TOLD else ""
        raise BlockedError(
            f"The edition of {edition.edition.date} is held, nothing was sent:\n{reason}{more}",
            hint="see `digest lint`; mend it and send again, or `digest send --force`",
            report={"findings": [finding.to_json() for finding in findings]},
        )


def _single(name: str, content: bytes) -> Sample:
    is_digest = (
        b"\r\nList-Unsubscribe:" in content.partition(b"\r\n\r\n")[0]
    )  # an empty day's mail is
    return Sample(name, content, neutral=True, is_digest=is_digest)
