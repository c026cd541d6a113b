"""The made-up dumps of the demo."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

import digest
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.papers.ingest import ingest
from digest.summary import LONGEST_CLAIM
from digest.summary.claim import claim_of

SAMPLES = Path(digest.__file__).parent / "samples"


def test_the_samples_are_three_dumps_with_repeats_and_a_revision(database):
    report = ingest(
        database,
        [SAMPLES],
        now=datetime(2026, 11, 19, 12, tzinfo=UTC),
        given=date(2026, 11, 19),
        classify=lambda _title, _abstract: {},
    )
    assert report.complete
    assert [(dump.date, dump.tally.entries) for dump in report.dumps] == [
        (date(2026, 11, 17), 28),
        (date(2026, 11, 18), 28),
        (date(2026, 11, 19), 28),
    ]
    assert (report.tally.new, report.tally.repeated, report.tally.revised) == (72, 12, 1)
    with database.read() as session:
        papers = session.scalars(select(PaperRow)).all()
        abstracts = session.scalars(select(RevisionRow.abstract)).all()
    assert all(45 <= len(paper.title) <= 120 for paper in papers)
    assert all(700 <= len(abstract) <= 1500 for abstract in abstracts)
    links = [link for paper in papers for link in paper.code_urls + paper.project_urls]
    assert len(links) > 72 / 4
    assert all("example-lab" in link or ".example.org" in link for link in links)
    text = "".join(paper.title for paper in papers) + "".join(abstracts)
    for trap in ("<RET>", "&", r"{\em ", r"\times", '"Please', "ö", "千灯"):
        assert trap in text


def test_the_newest_sample_is_in_json_lines_and_names_authors():
    lines = (SAMPLES / "2026-11-19.jsonl").read_text("utf-8").splitlines()
    papers = [json.loads(line) for line in lines[1:]]
    assert len(papers) == 28
    assert all(paper["authors"] for paper in papers)
    assert all(isinstance(name, str) for paper in papers for name in paper["authors"])


def test_every_sample_makes_a_claim_that_is_whole():
    lines = (SAMPLES / "2026-11-19.jsonl").read_text("utf-8").splitlines()[1:]
    for paper in map(json.loads, lines):
        claim = claim_of(paper["title"], paper["abstract"])
        assert 20 <= len(claim.text) <= LONGEST_CLAIM
        assert not claim.text.endswith("\u2026")
