import gzip
import json

import pytest

from digest.errors import InputError
from digest.evaluation.paper_lines import read_paper_lines

PAPERS = [
    {"id": "1", "title": "Beehives for Towns", "abstract": "We keep bees on roofs."},
    {
        "id": "2",
        "title": "Agents That Use a Browser",
        "abstract": "A GUI agent clicks on web pages.",
    },
    {
        "id": "3",
        "title": "World Models for Robots",
        "abstract": "We learn a world model of a kitchen.",
    },
    {"id": "4", "title": "World Knowledge of Language Models", "abstract": "We probe facts."},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS), encoding="utf-8")
    return path


def ranked(run, file, interest, **options):
    return run("interests", "rank", str(file), "--interest", interest, "--json", **options)


def test_the_best_comes_first_with_its_reason(run, file):
    found = ranked(run, file, "world models")
    assert [set(one) for one in found] == [{"id", "title", "score", "match", "why"}] * 4
    assert found[0]["id"] == "3"
    assert found[0]["match"] is True
    assert "world model" in found[0]["why"]
    assert [one["id"] for one in found if one["match"]] == ["3"]
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_one_of_two_words_is_no_match(run, file):
    assert not any(one["match"] for one in ranked(run, file, "gardening tools"))
    assert not any(one["match"] for one in ranked(run, file, "protein language models"))


def test_people_see_a_table(run, file):
    assert "World Models for Robots" in run("interests", "rank", str(file), "--interest", "robots")


def test_a_packed_file_is_read_too(run, file, tmp_path):
    packed = tmp_path / "papers.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert ranked(run, packed, "bees") == ranked(run, file, "bees")


def test_a_bad_line_costs_itself_and_is_reported(run, file):
    file.write_text(file.read_text() + 'no json\n[]\n{"title": 3}\n', encoding="utf-8")
    assert len(ranked(run, file, "bees", code=1)) == 4


@pytest.mark.parametrize("interest", ["the of and", "x" * 10_000, "机器学习", ""])
def test_a_phrase_that_says_nothing_is_refused_in_words(run, file, interest):
    with pytest.raises(InputError):
        ranked(run, file, interest)


def test_characters_of_regular_expressions_are_plain_text(run, file):
    assert len(ranked(run, file, "agents (.*)+ [a-z]{9999} $")) == 4


def test_a_file_that_is_not_there_is_named(run, tmp_path):
    with pytest.raises(InputError, match=r"nothing\.jsonl"):
        ranked(run, tmp_path / "nothing.jsonl", "bees")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "too deep"),
        ('{"title": 5}', "the title is not text"),
        ('{"id": "x"}', "no title"),
        ('{"title": "t", "abstract": 3}', "the abstract is not text"),
        ("[1]", "one object a line"),
        ('{"title": ', "not JSON"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(file, line, reason):
    file.write_text(f"{line}\n", encoding="utf-8")
    (problem,) = read_paper_lines(file).problems
    assert problem.startswith("papers.jsonl, line 1: ")
    assert reason in problem


def test_half_a_surrogate_pair_and_odd_ids_cost_nothing(file):
    lines = ['{"id": null, "title": "a \\ud800 b"}', '{"id": 7, "title": "b", "abstract": null}']
    file.write_text("\n".join(lines), encoding="utf-8")
    read = read_paper_lines(file)
    assert read.ids == ["", "7"]
    assert [paper.title for paper in read.papers] == ["a ? b", "b"]
    assert read.problems == []


def test_an_empty_file_is_no_success(file):
    file.write_text("\n", encoding="utf-8")
    assert read_paper_lines(file).problems == ["papers.jsonl: no paper is in it"]


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:12] + b"\xff" * 40])
def test_a_damaged_archive_is_called_that(file, tmp_path, damage):
    packed = tmp_path / "papers.jsonl.gz"
    packed.write_bytes(damage(gzip.compress(file.read_bytes())))
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_paper_lines(packed)


def test_escapes_of_terminals_are_not_printed(run, file):
    file.write_text(json.dumps({"title": "\x1b]0;pwn\x07\x1b[31mred bees"}) + "\n")
    assert "\x1b" not in run("interests", "rank", str(file), "--interest", "bees")
    assert "\x1b" not in run("topics", "classify", str(file))
