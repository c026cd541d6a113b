"""Answers of a language model, by the text they are of."""

from sqlalchemy import select

from digest.editions.editions import EditionRules, foresee_edition, open_edition
from digest.editions.store import editions, summaries
from digest.ground.database.tables.papers import RevisionRow
from tests.factories import DAY, NOON
from tests.rows import store_dump

RULES = EditionRules(3, 10, send_hour=7, timezone="UTC", domain="example.org", model="small")


def keep(session, revision, text, model="small", prompt=1):
    summaries.save(session, revision, text, model=model, prompt=prompt, now=NOON)


def test_an_answer_is_known_for_its_text_model_and_prompt(database):
    with database.write() as session:
        store_dump(session, DAY, ["Alpha", "Beta", "Gamma"])
        first, second, third = session.scalars(select(RevisionRow.id).order_by(RevisionRow.id))
        keep(session, first, "one")
        keep(session, first, "later")
        keep(session, first, "other", model="large")
        keep(session, second, "")
        keep(session, third, "old", prompt=0)
        asked = [first, second, third]
        assert summaries.existing(session, asked, model="small", prompt=1) == {
            first: "one",
            second: "",
        }
        assert summaries.existing(session, asked, model="large", prompt=1) == {first: "other"}
        assert summaries.existing(session, [], model="small", prompt=1) == {}


def test_an_edition_is_frozen_with_what_is_known_when_it_is_opened(database):
    with database.write() as session:
        store_dump(session, DAY, ["Alpha", "Beta"])
        first, second = session.scalars(select(RevisionRow.id).order_by(RevisionRow.id))
        keep(session, first, "Alpha in two lines.")
    foreseen = foresee_edition(database, DAY, RULES, now=NOON)
    opened = open_edition(database, DAY, RULES, now=NOON)
    assert foreseen.edition == opened.edition
    with database.write() as session:
        keep(session, second, "too late")
        again = editions.get(session, DAY)
    assert again == opened
    assert [one.paper.summary for one in again.edition.candidates] == ["Alpha in two lines.", ""]
