import pytest

from tests.factories import DAY


def test_editions_papers_and_topics_are_there_as_json(web, app):
    assert web.get("/api/v1/editions").json() == []
    app.editions.open(DAY)
    assert web.get("/api/v1/editions").json() == [{"date": "2026-11-19", "papers": 30}]
    edition = web.get(f"/api/v1/editions/{DAY}?limit=3&offset=2").json()
    assert (edition["total"], len(edition["papers"])) == (30, 3)
    assert edition["papers"][0]["best_rank"] == 3
    papers = web.get("/api/v1/papers?q=study&topic=compression&limit=2").json()
    assert len(papers) == 2
    assert "compression" in papers[0]["topics"]
    assert papers[0]["listed"] == "2026-11-19"
    topics = web.get("/api/v1/topics").json()
    assert len(topics) == 45
    assert topics[0]["group"] == "Language models"
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


def test_only_the_api_is_described_and_all_of_it(web):
    described = web.get("/api/v1/openapi.json").json()
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert len(described["paths"]) == 25
    for path, ways in described["paths"].items():
        for way, operation in ways.items():
            assert {"429", "500", "503"} <= set(operation["responses"]), (way, path)
            problems = [int(code) for code in operation["responses"] if int(code) >= 400]
            for code in problems:
                content = operation["responses"][str(code)]["content"]
                assert list(content) == ["application/problem+json"], (way, path, code)
    assert "HTTPValidationError" not in described["components"]["schemas"]
    assert set(described["components"]["securitySchemes"]) == {"ApiKey", "PreferencesToken"}


def test_a_method_that_is_not_there_is_told_which_ones_are(web):
    answer = web.patch("/api/v1/preferences")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Method Not Allowed"


def test_what_is_known_is_not_sent_again(web):
    first = web.get("/api/v1/topics")
    assert first.headers["cache-control"] == "public, max-age=60"
    for tag in (first.headers["etag"], f"W/{first.headers['etag']}", '"x", *'):
        again = web.get("/api/v1/topics", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert web.get("/api/v1/topics", headers={"If-None-Match": '"x"'}).status_code == 200


def test_dates_and_numbers_have_one_form(web):
    for path in ("editions/0", "editions/1700000000", "editions/2026-1-1", "papers?limit=ten"):
        answer = web.get(f"/api/v1/{path}")
        assert answer.status_code == 422, path
        (mistake,) = answer.json()["errors"]
        assert mistake["where"].startswith(("path/", "query/"))


def test_too_many_requests_are_told_when_to_come_back(web):
    answers = [web.get("/api/v1/topics/none") for _ in range(121)]
    assert {answer.status_code for answer in answers} == {404, 429}
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_those_who_watch_are_answered(web, app):
    assert web.get("/healthz").text == "ok\n"
    assert web.get("/readyz").text == "ready\n"


def test_a_topic_of_the_former_catalogue_leads_to_those_of_today(web):
    moved = web.get("/api/v1/topics/code", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, "/api/v1/topics/coding")
    of_today = web.get("/api/v1/papers?topic=coding").json()
    assert web.get("/api/v1/papers?topic=code").json() == of_today
