"""Have summaries written for the papers of the next edition (docs/why/relevance.md).

Never while sending: what is kept when the edition is opened is frozen with it, so a rehearsal, a
send and a second attempt all show the same.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from digest.editions import editions
from digest.editions.editions import EditionRules
from digest.editions.endpoint import Endpoint, ask
from digest.editions.rules.summary_prompts import (
    PROMPT_VERSION,
    AnswerError,
    conversation,
    summary_of,
)
from digest.editions.store import summaries
from digest.ground.database.engine import Database
from digest.model import Paper

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SummaryReport:
    """What became of the papers of one edition.

    known: had an answer before. written: got a summary now. refused: answered with what may not be
    shown; they are not asked about again. missing: not answered, tried again the next time.
    """

    edition: date
    papers: int
    known: int = 0
    written: int = 0
    refused: int = 0
    error: str = ""

    @property
    def missing(self) -> int:
        """How many papers have no answer yet."""
        return self.papers - self.known - self.written - self.refused

    def to_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "edition": self.edition.isoformat(),
            "papers": self.papers,
            "known": self.known,
            "written": self.written,
            "refused": self.refused,
            "missing": self.missing,
            "trouble": self.error,
        }


def write_summaries(
    database: Database, on: date | None, rules: EditionRules, endpoint: Endpoint, *, now: datetime
) -> SummaryReport:
    """Ask about each paper of the next edition that was not asked about yet, best trend first.

    An edition that is open is frozen: then nothing is asked. No transaction is open while the
    endpoint is waited for; each answer is kept as it comes.
    """
    day, texts = editions.list_unopened(database, on, rules, now=now)
    report = SummaryReport(day, len(texts))
    with database.read() as session:
        answered = summaries.existing(
            session, list(texts), model=endpoint.model, prompt=PROMPT_VERSION
        )
    report.known = len(answered)
    wanted = {revision: paper for revision, paper in texts.items() if revision not in answered}
    answers = _Answers(database, endpoint.model, wanted, report, now)
    questions = {id_: conversation(one.title, one.abstract) for id_, one in wanted.items()}
    report.error = ask(endpoint, questions, answers.save) if questions else ""
    if report.error or report.refused:
        _log.warning(
            "summaries: of %d papers %d got one, %d answers were refused, %d have none: %s",
            len(wanted),
            report.written,
            report.refused,
            report.missing,
            report.error or answers.reason,
        )
    return report


class _Answers:
    """Checks, saves and counts the answers of the model."""

    def __init__(
        self,
        database: Database,
        model: str,
        papers: Mapping[int, Paper],
        report: SummaryReport,
        now: datetime,
    ) -> None:
        self._database = database
        self._model = model
        self._papers = papers
        self._report = report
        self._now = now
        self.reason = ""  # why the last refused answer was refused

    def save(self, revision: int, body: bytes) -> None:
        paper = self._papers[revision]
        try:
            text = summary_of(body, paper.title, paper.abstract)
            self._report.written += 1
        except AnswerError as exc:
            text, self.reason = "", str(exc)
            self._report.refused += 1
        with self._database.write() as session:
            summaries.save(
                session,
                revision,
                text,
                model=self._model,
                prompt=PROMPT_VERSION,
                now=self._now,
            )
