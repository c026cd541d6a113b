import pytest

from tests.factories import DAY


def test_editions_papers_and_topics_are_there_as_json(web, app):
    assert web.get("/api/v1/editions").json() == []
    app.edition(DAY)
    assert web.get("/api/v1/editions").json() == [{"date": "2026-11-19", "papers": 30}]
    edition = web.get(f"/api/v1/editions/{DAY}?limit=3&offset=2").json()
    assert (edition["total"], len(edition["papers"])) == (30, 3)
    assert edition["papers"][0]["best_rank"] == 3
    papers = web.get("/api/v1/papers?q=study&topic=compression&limit=2").json()
    assert len(papers) == 2
    assert "compression" in papers[0]["topics"]
    assert papers[0]["listed"] == "2026-11-19"
    topics = web.get("/api/v1/topics").json()
    assert len(topics) == 27
    assert web.get("/api/v1/topics/compression").json() in topics


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/editions/2020-01-01", 404),
        ("/editions/today", 422),
        ("/papers?limit=0", 422),
        ("/papers?limit=1000", 422),
        ("/papers?topic=astrology", 404),
        ("/topics/astrology", 404),
        ("/nowhere", 404),
    ],
)
def test_errors_are_problem_details(web, path, status):
    answer = web.get(f"/api/v1{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]


def test_only_the_api_is_described(web):
    described = web.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        f"/api/v1/{path}"
        for path in ("editions", "editions/{day}", "papers", "topics", "topics/{slug}")
    }
    assert "Problem" in described["components"]["schemas"]


def test_those_who_watch_are_answered(web, app):
    assert web.get("/healthz").text == "ok\n"
    assert web.get("/readyz").text == "ready\n"
