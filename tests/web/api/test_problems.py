import json

import pytest

from digest.api_keys.once import BusyError
from digest.errors import ConflictError, DumpError, InputError, NotFoundError, UnreachableError
from digest.web.api.problems import Mistake, documented, problem, problem_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("x"), 422),
        (DumpError("x"), 422),
        (ConflictError("x"), 409),
        (BusyError("x"), 409),
        (NotFoundError("x"), 404),
    ],
)
def test_each_error_has_its_status(error, status):
    answer = problem_of(error)
    assert answer.status_code == status
    said = json.loads(answer.body)
    assert (said["type"], said["status"], said["detail"]) == ("about:blank", status, "x")
    assert ("retry-after" in answer.headers) == isinstance(error, BusyError)


def test_what_is_no_fault_of_the_asker_is_not_told_to_him():
    with pytest.raises(UnreachableError):
        problem_of(UnreachableError("The database at db.internal cannot be opened"))


def test_mistakes_are_listed_with_their_places():
    answer = problem(422, "two mistakes", [Mistake(where="body/hour", detail="too late")])
    assert answer.media_type == "application/problem+json"
    assert json.loads(answer.body)["errors"] == [{"where": "body/hour", "detail": "too late"}]


def test_a_refusal_is_described_with_the_headers_it_has():
    described = documented(401, 404, 429)
    assert [list(one.get("headers", {})) for one in described.values()] == [
        ["WWW-Authenticate"],
        [],
        ["Retry-After"],
    ]
