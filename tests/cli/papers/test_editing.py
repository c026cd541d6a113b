"""`digest edition drop` and its sisters: what they change, say and refuse."""

import pytest

from digest.errors import ConflictError, InputError
from tests.factories import DAY


@pytest.fixture
def opened(loaded):
    """An edition of 30 papers: the command, and the papers as it lists them."""
    loaded("edition", "open")
    return loaded, loaded("edition", "show", "--limit", "30", "--json")[0]["papers"]


def test_each_command_changes_the_edition_and_is_recorded(opened):
    run, papers = opened
    first, second = (paper["id"] for paper in papers[:2])
    assert run("edition", "drop", str(first), "--json")[0]["candidates"] == 29
    assert "Change 2 (pin) is noted" in run("edition", "pin", papers[4]["title"])
    run("edition", "move", str(second), "3")
    run("edition", "claim", str(second), "It does what it says")
    run("edition", "note", str(second), "--text", "See the code.")
    run("edition", "note", "--text", "A holiday tomorrow.")
    shown = run("edition", "show", "--limit", "30", "--json")[0]
    assert (shown["dropped"], shown["note"]) == (1, "A holiday tomorrow.")
    third = shown["papers"][2]
    assert (third["id"], third["claim"], third["note"]) == (
        second,
        "It does what it says",
        "See the code.",
    )
    assert [paper["title"] for paper in shown["papers"] if paper["pinned"]] == [papers[4]["title"]]
    text = run("edition", "show")
    assert "pinned" in text
    assert "Dropped: 1 paper" in text
    kinds = [each["kind"] for each in run("edition", "changes", "--json")[0]["changes"]]
    assert kinds == ["drop", "pin", "move", "claim", "note", "note"]
    assert "command line" in run("edition", "changes")
    assert "Change 1 (drop) is undone" in run("edition", "undo", "1")
    run("edition", "unpin", papers[4]["title"])
    assert "by command line" in run("edition", "changes")
    assert run("edition", "show", "--json")[0]["candidates"] == 30


def test_show_counts_readers_when_asked(opened):
    run, papers = opened
    run("edition", "pin", str(papers[0]["id"]))
    shown = run("edition", "show", "--readers", "--json")[0]
    assert shown["readers"] == {"active": 2, "sampled": 2}
    reached = {paper["id"]: paper["readers"] for paper in shown["papers"]}
    assert reached[papers[0]["id"]] == 2
    assert "readers" in run("edition", "show", "--readers")


def test_what_cannot_be_is_refused(opened):
    run, papers = opened
    with pytest.raises(ConflictError, match="needs no approval"):
        run("edition", "approve")
    with pytest.raises(InputError, match="no place 99"):
        run("edition", "move", str(papers[0]["id"]), "99")
    run("send", "--date", DAY.isoformat())
    with pytest.raises(ConflictError, match="changed no more"):
        run("edition", "drop", str(papers[0]["id"]))


def test_an_edition_waits_until_it_is_approved(loaded, monkeypatch):
    monkeypatch.setenv("DIGEST_APPROVAL", "required")
    loaded("edition", "open")
    assert "waits to be approved" in loaded("edition", "changes")
    assert "which is approved" in loaded("edition", "approve")
    assert loaded("edition", "approve", "--take-back", "--json")[0]["approved_at"] is None
    loaded("send", "--approve", "--date", DAY.isoformat())
    assert loaded("edition", "changes", "--json")[0]["closed"]
