import sys

from tests.audit import audit, judge

GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found"}


def test_a_vulnerability_is_found():
    found, said = judge([GOOD, BAD, UNKNOWN], "x.lock")
    assert found == ["b 2: CVE-1, mended in ['3']"]
    assert said == "x.lock: 2 of 3 packages audited"


def test_a_service_that_knows_nothing_has_audited_nothing():
    found, said = judge([UNKNOWN, UNKNOWN], "x.lock")
    assert (found, "not audited" in said) == ([], True)


def test_no_answer_is_said_and_no_failure():
    failing = (sys.executable, "-c", "import sys; sys.exit('no route to host')")
    assert audit(failing, "x.lock") == ([], "x.lock: not audited, no route to host")
