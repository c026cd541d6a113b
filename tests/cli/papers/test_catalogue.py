"""`digest topics versions`, `text`, `diff`, `try`, `save`, `take-back`."""

import tomllib

import pytest
from typer.testing import CliRunner

from digest.cli import app as commands
from digest.errors import ConflictError, InputError, NotFoundError


def test_a_phrase_is_tried_saved_compared_and_taken_back(loaded):
    change = ("--topic", "speech", "--add", "title=quiet phrase", "--remove", "title=audio")
    first = tomllib.loads(loaded("topics", "text"))
    speech = next(topic for topic in first["topic"] if topic["slug"] == "speech")
    change = (*change[:5], f"sure={speech['sure'][0]}")
    (trial,) = loaded("topics", "try", *change, "--json")
    assert trial["papers"] == 30
    assert {"caught", "lost", "unchanged", "topicless", "seconds"} <= trial.keys()
    (saved,) = loaded("topics", "save", *change, "--why", "it was missed", "--by", "ann", "--json")
    assert (saved["version"], saved["saved_by"], saved["classified"]) == (1, "ann", 30)
    (listed,) = loaded("topics", "versions", "--json")
    assert (listed["version"], listed["why"]) == (1, "it was missed")
    assert listed["classified_at"]
    said = loaded("topics", "diff", "0", "1")
    assert "speech: title: + quiet phrase" in said
    assert "speech: sure: - " in said
    (changes,) = loaded("topics", "diff", "1", "0", "--json")
    assert changes["changed"][0]["removed"] == {"title": ["quiet phrase"]}
    assert "Version 2 is in force" in loaded("topics", "take-back", "1", "--why", "too many")
    assert "Nothing that counts differs." in loaded("topics", "diff", "0", "2")
    assert "1 and newer" in loaded("topics", "versions")
    assert tomllib.loads(loaded("topics", "text")) == first


def test_a_whole_file_is_tried_and_saved(loaded, tmp_path):
    assert "no version was saved yet" in loaded("topics", "versions")
    own = tmp_path / "own.toml"
    text = loaded("topics", "text")
    own.write_text(text.replace("[[topic]]", "# ours\n[[topic]]", 1), encoding="utf-8")
    assert "0 caught, 0 lost" in loaded("topics", "try", str(own))
    assert "30 papers classified" in loaded("topics", "save", str(own), "--why", "a comment")
    assert "# ours" in loaded("topics", "text", "1")
    assert loaded("topics", "text", "0") == text


def test_mistakes_are_refused_with_all_reasons(loaded, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[[topic]]\nslug = "A b"\nname = ""\nsure = ["!"]\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        loaded("topics", "save", str(own), "--why", "x")
    for part in ("name must be", "small letters", "has no word", "description must be"):
        assert part in str(caught.value)
    with pytest.raises(InputError, match="Cannot read"):
        loaded("topics", "save", str(tmp_path / "none.toml"), "--why", "x")
    loaded("topics", "try", code=2)
    loaded("topics", "try", "--topic", "speech", "--add", "loud=noise", code=2)
    for words in (
        ("try", "--topic", "none", "--add", "sure=noise"),
        ("take-back", "1", "--why", "x"),
        ("diff", "0", "9"),
    ):
        with pytest.raises(NotFoundError):
            loaded("topics", *words)
    assert "no version was saved yet" in loaded("topics", "versions")


def test_a_topic_that_is_followed_goes_only_when_that_is_said(loaded, tmp_path):
    own = tmp_path / "own.toml"
    text = loaded("topics", "text")
    start = text.index('[[topic]]\nslug = "speech"')
    end = text.find("[[topic]]", start + 1)
    own.write_text(text[:start] + (text[end:] if end > 0 else ""), encoding="utf-8")
    with pytest.raises(ConflictError, match="Topic 'speech' would go, and 1 reader follows it"):
        loaded("topics", "save", str(own), "--why", "x")
    loaded("topics", "save", str(own), "--why", "x", "--even-followed")
    assert "speech" not in {one["slug"] for one in loaded("topics", "--json")[0]}


def test_phrases_can_be_tried_before_there_is_a_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    done = CliRunner().invoke(commands, ["topics", "test", "Automatic speech recognition"])
    assert done.exit_code == 0
    assert "speech" in done.stdout
    assert not (tmp_path / "none.db").exists()


def test_phrases_are_tried_by_the_version_in_force(loaded):
    assert "contains no phrase" in loaded("topics", "test", "Zyxology")
    loaded("topics", "save", "--topic", "speech", "--add", "sure=zyxology", "--why", "a test")
    assert "zyxology" in loaded("topics", "test", "Zyxology")
