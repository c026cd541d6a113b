"""A withdrawn paper is not offered, whoever says that it is withdrawn, and what is stored stays."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.editions.editions import EditionRules, foresee_edition, open_edition
from digest.editions.open_edition import open_due
from digest.editions.rules.freshness import Freshness
from digest.errors import NotFoundError
from digest.ground.database.tables.papers import RevisionRow
from digest.papers.ingest import ingest
from tests.factories import DAY, NOON

RULES = EditionRules(window_days=7, size=10, send_hour=7, timezone="UTC", domain="example.org")
FRESH = Freshness(timedelta(days=2), "UTC")
NOTICE = "This paper has been withdrawn by the authors due to a crucial error in Lemma 2."


@pytest.fixture
def load(database, tmp_path):
    """Load papers, each a mapping, as a list of a day: 0 is today, 1 the day before."""

    def loaded(back, *papers):
        day = DAY - timedelta(days=back)
        lines = [{"date": day.isoformat()}, *papers]
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        file.write_text("\n".join(map(json.dumps, lines)))
        report = ingest(database, [file], now=NOON, given=None, classify=lambda *_: {})
        assert report.complete

    return loaded


def paper(name="Kettle", abstract="We boil.", **more):
    return {"title": name, "abstract": abstract, **more}


def offered(database):
    edition = foresee_edition(database, DAY, RULES, now=NOON).edition
    return [one.paper.title for one in edition.candidates]


@pytest.mark.parametrize(
    "withdrawn",
    [
        paper(abstract=NOTICE),
        paper(comment=NOTICE),
        paper(comments="9 pages; withdrawn due to an error"),
        paper("WITHDRAWN: Kettle", arxiv="2611.00001"),
        paper("Kettle (retracted)", arxiv="2611.00001"),
        paper("Another title", NOTICE, arxiv="2611.00001"),
    ],
)
def test_it_is_not_offered_whether_it_comes_so_or_becomes_so(database, load, withdrawn):
    load(0, withdrawn, paper("Hedge"))
    assert offered(database) == ["Hedge"]
    load(1, paper(arxiv="2611.00001"), paper("Lamp"))
    assert offered(database) == ["Hedge", "Lamp"]


def test_it_is_not_offered_again_by_a_list_that_does_not_know(database, load):
    load(2, paper(), paper("Lamp"))
    load(1, paper(abstract=NOTICE))
    load(0, paper(), paper("Hedge"))
    assert "Kettle" not in offered(database)


def test_papers_about_withdrawal_are_offered(database, load):
    load(0, paper("Retracted papers", "We study papers that have been withdrawn by the authors."))
    assert offered(database) == ["Retracted papers"]


def test_what_is_stored_is_what_the_list_says(database, load):
    load(0, paper(abstract=f"{NOTICE}  Sorry. "), paper("Hedge", comment="9 pages. Withdrawn."))
    with database.read() as session:
        texts = list(session.scalars(select(RevisionRow.abstract).order_by(RevisionRow.id)))
    assert texts == [f"{NOTICE} Sorry.", "Withdrawn."]


def test_a_day_of_withdrawn_papers_opens_nothing(database, load):
    load(0, paper(abstract=NOTICE))
    assert open_due(database, RULES, FRESH, until=DAY, now=NOON) is None
    with pytest.raises(NotFoundError):
        open_edition(database, DAY, RULES, now=NOON)
    load(0, paper("Hedge"))
    assert open_due(database, RULES, FRESH, until=DAY, now=NOON) == DAY


def test_an_edition_that_is_open_stays_as_it_is(database, load):
    load(1, paper(), paper("Hedge"))
    first = open_edition(database, DAY, RULES, now=NOON)
    load(0, paper(abstract=NOTICE))
    assert open_edition(database, DAY, RULES, now=NOON) == first
