"""`digest suppressions`, as people run it."""

import json

import pytest

from digest.errors import NotFoundError

ANN = "ann@example.org"


@pytest.fixture
def run(loaded):
    """Run a command of `digest suppressions`."""
    return lambda *words, code=0: loaded("suppressions", *words, code=code)


def test_an_address_is_added_shown_listed_and_lifted(run, loaded):
    run("add", ANN, "--reason", "she wrote")
    (shown,) = run("show", ANN, "--json")
    assert (shown["reason"], shown["source"], shown["kind"]) == ("she wrote", "operator", None)
    assert "by operator: she wrote" in run("show", ANN)
    (listed,) = run("list", "--json")
    assert {**listed, "email": ANN}.keys() == {*shown, "hash"}
    assert "she wrote" in run("list")
    assert run("list", "--source", "rcpt", "--json") == []
    (about,) = loaded("subscribers", "show", ANN, "--json")
    assert about["suppressed"]["source"] == "operator"
    run("lift", ANN)
    with pytest.raises(NotFoundError):
        run("show", ANN)


def test_files_go_out_and_come_in(run, tmp_path):
    file, out = tmp_path / "bounces.csv", tmp_path / "out.jsonl"
    file.write_text(f"email,reason\n{ANN},550 unknown\nnobody\n", encoding="utf-8")
    (report,) = run("import", str(file), "--json", code=1)
    assert (report["added"], report["ended"], report["refused"]) == (1, 1, 1)
    assert "0 suppressed, 1 known, 1 refused" in run("import", str(file), code=1)
    assert "1 suppressions are in" in run("export", "--out", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    assert ANN not in out.read_text(encoding="utf-8")
    run("lift", ANN)
    (report,) = run("import", str(out), "--json")
    assert (report["added"], report["refused"]) == (1, 0)
    head = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert len(head["suppression_keys"]) == 1
