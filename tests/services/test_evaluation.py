import json
import os
from importlib.resources import files
from pathlib import Path

import pytest

from digest.core.topics import parse_catalogue
from digest.errors import InputError
from digest.services.evaluation import (
    compare_classifiers,
    compare_rankers,
    evaluate,
    read_labels,
    read_papers,
    read_wishes,
)

# What the shipped catalogue and ranker reach on the labelled papers; a hair under the measured
# figures. A change that falls below has to say why in docs/relevance.md.
FLOOR = {"micro_f1": 0.850, "macro_f1": 0.825, "ndcg_at_10": 0.965, "map": 0.900}

SHARED = Path(os.environ.get("DIGEST_TEST_SHARED") or Path(__file__).parents[2].parent / "shared")
DUMP = """new

Daily page

Mar 17

Beekeeping with Language Models

We keep bees. The honey is sweet.

Pruning Apple Trees

We prune trees in winter.
"""


@pytest.fixture(scope="module")
def catalogue():
    return parse_catalogue((files("digest") / "catalogue" / "topics.toml").read_bytes())


@pytest.fixture
def material(tmp_path):
    (tmp_path / "one.txt").write_text(DUMP)
    (tmp_path / "two.txt").write_text(DUMP)
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        json.dumps({"title": "Pruning apple trees", "topics": ["compression"], "either": []}) + "\n"
    )
    wishes = tmp_path / "wishes.jsonl"
    wishes.write_text(
        json.dumps({"interest": "honey", "exact": ["Beekeeping with language models"]}) + "\n\n"
    )
    return tmp_path, read_labels(labels), read_wishes(wishes)


def test_figures_of_a_small_case(catalogue, material):
    directory, labels, wishes = material
    papers = read_papers(directory)
    assert [paper.title for paper in papers] == [
        "Beekeeping with Language Models",
        "Pruning Apple Trees",
    ]
    figures = evaluate(catalogue, papers, labels, wishes).to_json()
    assert figures["topics"]["micro_f1"] == 1
    assert figures["interests"]["ndcg_at_10"] == 1
    assert figures["interests"]["per_interest"]["honey"]["map"] == 1
    assert figures["ms_per_1000_papers"] > 0


def test_rankers_and_classifiers_stand_side_by_side(catalogue, material):
    directory, labels, wishes = material
    papers = read_papers(directory)
    rankers = compare_rankers(catalogue, papers, wishes)
    assert list(rankers) == ["TF-IDF cosine", "plain BM25", "digest"]
    assert all(scores.ndcg_at_10 == 1 for scores in rankers.values())
    assert list(compare_classifiers(catalogue, papers, labels)) == [
        "TF-IDF to description",
        "digest",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("{", "line 1: not JSON"),
        ('{"title": "x"}', "line 1: topics missing"),
        ("3", "line 1: title and topics missing"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(tmp_path, text, reason):
    path = tmp_path / "labels.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        read_labels(path)


def test_missing_files_and_papers_are_named(tmp_path, catalogue, material):
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="no dumps"):
        read_papers(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.txt").write_text("no date in here")
    with pytest.raises(InputError, match="no dumps"):
        read_papers(tmp_path / "empty")
    directory, labels, wishes = material
    with pytest.raises(InputError, match="in none of the dumps"):
        evaluate(catalogue, read_papers(directory)[:1], labels, wishes)


@pytest.mark.skipif(
    not (SHARED / "relevance").is_dir(), reason="the labelled papers are not on this machine"
)
def test_no_figure_falls_below_the_recorded_one(catalogue):
    relevance = SHARED / "relevance"
    figures = evaluate(
        catalogue,
        read_papers(SHARED / "dumps"),
        read_labels(relevance / "papers-labelled.jsonl"),
        read_wishes(relevance / "interests.jsonl"),
    ).to_json()
    reached = {**figures["topics"], **figures["interests"]}
    assert {name: reached[name] for name in FLOOR if reached[name] < FLOOR[name]} == {}
    assert figures["ms_per_1000_papers"] < 5000
