import re
from datetime import date

import pytest

from digest.delivery.forecast import explaining
from digest.ground.tokens.links import Purpose
from digest.subscribers import votes as voting
from digest.subscribers.store import erasure
from digest.workers import local
from tests.factories import DAY, NOON

TOKEN = re.compile(r"/(?:u|p|v|more|less|undo)/")


@pytest.fixture
def sent(app, reader):
    """The edition, mailed to the reader: titles in mail order."""
    local.send(app, DAY)
    edition = app.editions.open(DAY)
    titles = {each.paper.id: each.paper.title for each in edition.edition.candidates}
    packed = explaining.find_reader(app.database, edition, "ann@example.org")[1]
    return [titles[pick.paper_id] for pick in explaining.picks_of(app.database, packed)]


def titles_of(page: str) -> list[str]:
    return re.findall(r'class="title" dir="auto"><a [^>]*>([^<]+)</a>', page)


def test_the_view_is_the_mail_as_it_was_and_gives_no_power(web, token, sent, reader, app):
    page = web.get(f"/v/{token(Purpose.VIEW, DAY)}")
    assert page.status_code == 200
    assert titles_of(page.text) == sent
    assert not TOKEN.search(page.text)
    assert "ann@example.org" not in page.text
    web.post(f"/p/{token(Purpose.PREFERENCES)}", data={"topic-agents": "1", "cadence": "daily"})
    assert titles_of(web.get(f"/v/{token(Purpose.VIEW, DAY)}").text) == sent


def test_before_it_is_sent_the_view_shows_what_would_come(web, token):
    page = web.get(f"/v/{token(Purpose.VIEW, DAY)}").text
    assert "You follow Compression" in page


def test_a_view_of_no_edition_or_with_another_token_is_missing(web, token):
    assert web.get(f"/v/{token(Purpose.VIEW, date(2020, 1, 1))}").status_code == 404
    assert web.get(f"/v/{token(Purpose.VIEW)}").status_code == 404
    assert web.get(f"/v/{token(Purpose.PREFERENCES)}").status_code == 404


def test_who_was_erased_has_no_view(web, token, reader, app):
    with app.database.write() as session:
        erasure.erase(session, reader, NOON)
    assert web.get(f"/v/{token(Purpose.VIEW, DAY)}").status_code == 404


def test_a_receipt_says_what_the_ledger_says_and_carries_the_seal(web, token, sent, app):
    address = f"/v/{token(Purpose.VIEW, DAY)}"
    assert 'href="?receipt=1"' in web.get(address).text
    page = web.get(f"{address}?receipt=1").text
    assert titles_of(page) == sent
    assert "accepted by the mail server" in page
    assert app.seals.verify(DAY, mails=False).seal in page
    assert not TOKEN.search(page)
    assert "ann@example.org" not in page


def test_before_anything_was_planned_there_is_no_receipt(web, token):
    assert web.get(f"/v/{token(Purpose.VIEW, DAY)}?receipt=1").status_code == 404


@pytest.fixture
def votes(app, reader):
    """A function that tells the reader's votes: (paper, value), newest first."""

    def look():
        return [(vote.paper_id, vote.value) for vote in voting.votes_of(app.database, reader)]

    return look


@pytest.mark.parametrize(("way", "value"), [("more", 1), ("less", -1)])
def test_a_vote_asks_first_and_is_then_counted(web, token, votes, way, value):
    link = f"/{way}/{token(Purpose.VOTE, DAY)}/3"
    page = web.get(link)
    assert page.status_code == 200
    assert f'action="{link}"' in page.text
    assert votes() == []
    assert f"Vote saved: {way} like this" in web.post(link).text
    assert votes() == [(3, value)]


def test_a_vote_needs_its_own_token_and_a_paper_of_its_edition(web, token, votes):
    for path in (
        f"/more/{token(Purpose.VOTE, DAY)}/9999",
        f"/more/{token(Purpose.VIEW, DAY)}/3",
        f"/less/{token(Purpose.VOTE)}/3",
        f"/less/{token(Purpose.VOTE, date(2020, 1, 1))}/3",
    ):
        assert web.get(path).status_code == 404
        assert web.post(path).status_code == 404
    assert web.post(f"/more/{token(Purpose.VOTE, DAY)}/x").status_code == 422
    assert votes() == []
