"""The page of a paper, and what is downloaded from it."""

import json
import re

import bibtexparser
import pytest
import rispy

from digest.papers import ingest
from digest.papers.store import papers
from tests.factories import DAY, NOON

KETTLE = {
    "title": "Kettles boil in $O(n^2)$ & <b>whistle</b>",
    "abstract": r"We boil $\beta$ kettles: a new method for KV cache eviction. Code: https://github.com/o/kettle.",
    "authors": [{"name": "Ada Ode", "affiliation": "University of U"}, "Béla <Elm>", "C", "D"],
    "votes": 12,
    "stars": 1234,
}


@pytest.fixture
def listed(app, tmp_path):
    """List papers on a day; return the id of the first one."""

    def add(*found: dict[str, object], day=DAY) -> int:
        lines = [{"date": day.isoformat()}, *found]
        dump = tmp_path / f"{day}.jsonl"
        dump.write_text("\n".join(map(json.dumps, lines)))
        classify = app.files.classifier.classify
        report = ingest.ingest(app.database, [dump], now=NOON, given=None, classify=classify)
        assert report.complete
        with app.database.read() as session:
            titles = papers.newest_texts(session, after=0, limit=500)
        return next(id_ for id_, (title, _) in titles.items() if title == found[0]["title"])

    return add


def test_the_page_has_all_that_is_known_of_a_paper(web, listed, app):
    number = listed(KETTLE)
    listed({**KETTLE, "votes": 20}, day=DAY.replace(day=18))
    app.editions.open(DAY)
    page = web.get(f"/papers/{number}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "public, max-age=60"
    text = " ".join(page.text.split())
    for shown in (
        '<h1 class="name" dir="auto">Kettles boil in O(n²) &amp; &lt;b&gt;whistle&lt;/b&gt;</h1>',
        "Ada Ode, Béla &lt;Elm&gt;, C, D</p>",
        "University of U",
        "We boil β kettles",
        'href="/topics/inference"',
        'href="https://github.com/o/kettle" rel="noopener noreferrer">github.com/o/kettle</a>, 1',
        "Best rank: 1st of 1, on Thursday, 19 November 2026. 12 votes at the last count.",
        '<svg class="plot"',
        f'<a href="/archive/{DAY}">{DAY}</a>',
        "<td>2026-11-18</td>",
        ">Search arxiv.org for the title</a>",
        f'href="/papers/{number}.bib"',
    ):
        assert shown in text, shown
    assert "style=" not in page.text
    assert 'class="button"' not in page.text
    assert ">Source<" not in page.text


def test_similar_papers_are_of_the_newest_edition_and_another_one(web, app):
    edition = app.editions.open(DAY).edition
    first = edition.candidates[0].paper
    page = web.get(f"/papers/{first.id}").text
    similar = re.findall(r'href="/papers/(\d+)"', page)
    assert 1 <= len(similar) <= 5
    assert str(first.id) not in similar
    candidates = {str(each.paper.id) for each in edition.candidates}
    assert set(similar) <= candidates


def test_a_paper_with_an_identifier_is_read_there_and_searched_for_beside(web, listed):
    number = listed({**KETTLE, "arxiv": "2611.00001v2", "doi": "10.1234/A"})
    page = web.get(f"/papers/{number}").text
    assert ">Read at arxiv.org</a>" in page
    assert ">Search arxiv.org for the title</a>" in page
    assert "arXiv:2611.00001 · DOI:10.1234/a" in page
    assert 'href="https://arxiv.org/abs/2611.00001"' in web.get("/archive?q=kettles").text


def test_lists_link_a_title_to_the_page_and_otherwise_offer_it(web, listed):
    number = listed(KETTLE, {"title": "Read elsewhere", "abstract": "A.", "url": "https://e.org/1"})
    found = web.get("/archive?q=elm").text
    assert f'<a href="/papers/{number}" rel' in found
    assert "Details" not in found
    assert "Ada Ode, Béla &lt;Elm&gt; and 2 more" in found
    elsewhere = web.get("/archive?q=elsewhere").text
    assert '<a href="https://e.org/1" rel' in elsewhere
    assert f'<a href="/papers/{number + 1}">Details<' in elsewhere
    assert "searchtype=title" not in found + elsewhere


@pytest.mark.parametrize(
    "path",
    ["0", "01", "-1", "9999", "2147483648", "9" * 5000, "abc", "%C2%B2", "1.pdf", "9999.bib"],
)
def test_an_unknown_paper_is_missing_in_words(web, path):
    answer = web.get(f"/papers/{path}")
    assert answer.status_code == 404
    assert "There is no such paper." in answer.text


def test_a_paper_that_is_in_no_list_is_not_shown(web, app):
    from sqlalchemy import text

    assert web.get("/papers/1").status_code == 200
    app.editions.open(DAY)
    with app.database.write() as session:
        session.execute(text("DELETE FROM appearances"))
    offered = web.get("/papers/1")
    assert (offered.status_code, "Where it trended" in offered.text) == (200, False)
    with app.database.write() as session:
        session.execute(text("DELETE FROM edition_papers"))
    assert web.get("/papers/1").status_code == 404
    assert web.get("/api/v1/papers/1").status_code == 404


def test_reference_managers_read_what_they_get(web, listed):
    number = listed({**KETTLE, "arxiv": "2411.00001"})
    answer = web.get(f"/papers/{number}.bib")
    assert answer.headers["content-type"] == "application/x-bibtex; charset=utf-8"
    assert f'filename="paper-{number}.bib"' in answer.headers["content-disposition"]
    (entry,) = bibtexparser.parse_string(answer.text).entries
    assert (entry["eprint"], entry["year"], entry["url"]) == (
        *("2411.00001", "2024"),
        "https://arxiv.org/abs/2411.00001",
    )
    answer = web.get(f"/papers/{number}.ris")
    assert answer.headers["content-type"].startswith("application/x-research-info-systems")
    (record,) = rispy.loads(answer.text)
    assert record["authors"] == ["Ode, Ada", "<Elm>, Béla", "C", "D"]


def test_a_paper_without_an_address_is_cited_at_our_page_of_it(web, listed, app):
    number = listed(KETTLE)
    base = app.identity.letterhead.base_url
    assert f"url = {{{base}/papers/{number}}}" in web.get(f"/papers/{number}.bib").text


@pytest.mark.parametrize("end", ["", ".bib", ".ris"])
def test_what_is_known_is_not_sent_again(web, end):
    first = web.get(f"/papers/1{end}")
    again = web.get(f"/papers/1{end}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = web.get(f"/papers/1{end}", headers={"If-None-Match": '"other"'})
    assert other.content == first.content


def test_the_page_speaks_the_language_of_its_visitor(web, listed):
    page = web.get(f"/papers/{listed(KETTLE)}", headers={"Accept-Language": "de"})
    assert page.headers["content-language"] == "de"
    assert page.headers["vary"] == "Accept-Language"
    assert "Bester Platz: 1. von 1, am Donnerstag, 19. November 2026." in page.text


def test_feeds_name_the_authors_and_lead_to_the_page(web, listed, app):
    number = listed(KETTLE)
    items = web.get("/feed.json").json()["items"]
    kettle = next(item for item in items if item["id"].endswith(f"/{number}"))
    assert kettle["url"] == f"{app.identity.letterhead.base_url}/papers/{number}"
    assert [author["name"] for author in kettle["authors"]] == ["Ada Ode", "Béla <Elm>", "C", "D"]
    assert "<dc:creator>Ada Ode</dc:creator>" in web.get("/feed.rss").text
    assert "<author><name>Ada Ode</name></author>" in web.get("/feed.atom").text


def test_the_api_has_the_paper_too(web, listed, app):
    number = listed(KETTLE)
    app.editions.open(DAY)
    found = web.get(f"/api/v1/papers/{number}").json()
    page = f"{app.identity.letterhead.base_url}/papers/{number}"
    assert (found["url"], found["page"]) == (page, page)
    assert found["authors"] == ["Ada Ode", "Béla <Elm>", "C", "D"]
    assert found["affiliations"] == ["University of U"]
    assert (found["votes"], found["stars"]) == (12, 1234)
    (place,) = found["places"]
    assert place == {
        **{"date": "2026-11-19", "source": "", "rank": 1, "entries": 1},
        **{"votes": 12, "stars": 1234},
    }
    assert found["editions"] == ["2026-11-19"]
    assert found["abstract"].startswith("We boil β kettles")
    (line,) = web.get("/api/v1/papers?q=kettles+ODE").json()
    assert line["authors"] == found["authors"]
    edition = web.get(f"/api/v1/editions/{DAY}?limit=100").json()["papers"]
    assert next(each for each in edition if each["id"] == number)["votes"] == 12
    for wrong, status in (("0", 422), ("x", 422), ("2147483648", 422), ("99999", 404)):
        assert web.get(f"/api/v1/papers/{wrong}").status_code == status


def test_an_open_edition_keeps_the_authors_it_was_opened_with(listed, app):
    number = listed({**KETTLE, "authors": ["A. Ode"]})
    app.editions.open(DAY)
    listed({**KETTLE, "authors": ["Ada Ode"]}, day=DAY.replace(day=20))

    def authors(edition):
        return next(c.paper.authors for c in edition.candidates if c.paper.id == number)

    assert authors(app.editions.open(DAY).edition) == ("A. Ode",)
    assert authors(app.editions.foresee(DAY.replace(day=20)).edition) == ("Ada Ode",)
