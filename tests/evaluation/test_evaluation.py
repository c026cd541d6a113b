import json

import numpy as np
import pytest

from benchmarks import fit_topics
from digest.errors import InputError
from digest.evaluation.evaluation import compare, evaluate
from digest.evaluation.labelled import read_interests, read_labels, read_papers
from digest.ground.shipped import catalogue_file, leanings_file
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.leanings import parse_leanings
from tests.interests.knowledge import shipped

# A hair under the measured figures. What falls below has to say why in docs/why/relevance.md.
# The words were fitted on the labelled papers, so how good topics are on others is told by phrases
# alone and by cross-validation. Interests: docs/why/interests.md says why the figures on these ten,
# on which the matcher before was tuned, fell from 0.968 to 0.959.
FLOOR = {"micro_f1": 0.857, "macro_f1": 0.835, "ndcg_at_10": 0.958, "map": 0.886}
CROSS_VALIDATED = (0.880, 0.850)  # micro and macro F1, one of several ways to fold

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
    leanings = parse_leanings(leanings_file().read_bytes())
    return parse_catalogue(catalogue_file().read_bytes(), leanings)


@pytest.fixture
def material(tmp_path):
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    (dumps / "one.txt").write_text(DUMP)
    (dumps / "two.txt").write_text(DUMP)
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        json.dumps({"title": "Pruning apple trees", "topics": ["compression"], "either": []}) + "\n"
    )
    wishes = tmp_path / "wishes.jsonl"
    wishes.write_text(
        json.dumps({"interest": "honey", "exact": ["Beekeeping with language models"]}) + "\n\n"
    )
    return dumps, read_labels(labels), read_interests(wishes)


def test_figures_of_a_small_case(catalogue, material):
    directory, labels, wishes = material
    papers = read_papers(directory)
    assert [paper.title for paper in papers] == [
        "Beekeeping with Language Models",
        "Pruning Apple Trees",
    ]
    figures = evaluate(catalogue, shipped(), papers, labels, wishes).to_json()
    assert figures["topics"]["micro_f1"] == 1
    assert figures["interests"]["ndcg_at_10"] == 1
    assert figures["interests"]["per_interest"]["honey"]["map"] == 1
    assert figures["ms_per_1000_papers"] > 0


def test_plain_ways_stand_beside_ours(catalogue, material):
    directory, labels, wishes = material
    rows = compare(catalogue, shipped(), read_papers(directory), labels, wishes)
    assert list(rows) == ["TF-IDF", "plain BM25", "digest"]
    assert all(row["ndcg_at_10"] == 1 for row in rows.values())
    assert "micro_f1" not in rows["plain BM25"]


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
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_bytes(b"\x00\x01")
    with pytest.raises(InputError, match="is no dump"):
        read_papers(tmp_path / "other")
    directory, labels, wishes = material
    with pytest.raises(InputError, match="in none of the dumps"):
        evaluate(catalogue, shipped(), read_papers(directory)[:1], labels, wishes)


def test_no_figure_falls_below_the_recorded_one(shared):
    relevance = shared / "relevance"
    figures = evaluate(
        parse_catalogue(catalogue_file().read_bytes()),
        shipped(),
        read_papers(shared / "dumps"),
        read_labels(relevance / "papers-labelled.jsonl"),
        read_interests(relevance / "interests.jsonl"),
    ).to_json()
    reached = {**figures["topics"], **figures["interests"]}
    assert {name: reached[name] for name in FLOOR if reached[name] < FLOOR[name]} == {}


def test_words_help_papers_that_they_were_not_fitted_on(catalogue, shared):
    labels = read_labels(shared / "relevance" / "papers-labelled.jsonl")
    problem = fit_topics.make_problem(catalogue, labels, shared / "dumps")
    chosen = fit_topics.cross_validate(problem, seed=0)
    reached = fit_topics.scores(problem, chosen, np.arange(len(labels)))
    assert all(got >= least for got, least in zip(reached, CROSS_VALIDATED, strict=True)), reached
