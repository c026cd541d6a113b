import gzip
import json

import pytest

from digest.errors import InputError
from digest.evaluation.evaluation import compare, evaluate
from digest.evaluation.labelled import key_of, read_interests, read_keys, read_labels, read_papers
from digest.ground.shipped import fitted_papers_file
from tests.interests.knowledge import shipped

# A hair under the measured figures. What falls below has to say why in docs/why/relevance.md.
# Half of the labelled papers were fitted on: only figures of the others say something.
DAILY = {"micro_f1": 0.90, "macro_f1": 0.90}
DUMPS = {"micro_f1": 0.775, "macro_f1": 0.74}
INTERESTS = {"ndcg_at_10": 0.953, "map": 0.858}

DUMP = """new

Daily page

Mar 17

Beekeeping with Language Models

We keep bees. The honey is sweet.

Pruning Language Models

We prune large language models. Pruned weights are zero. Pruning at high sparsity is hard.
"""


@pytest.fixture(scope="module")
def classifier(files):
    return files.classifier


@pytest.fixture
def material(tmp_path):
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    (dumps / "one.txt").write_text(DUMP)
    (dumps / "two.txt").write_text(DUMP)
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        json.dumps({"title": "Pruning language models", "topics": ["compression"], "either": []})
        + "\n"
    )
    wishes = tmp_path / "wishes.jsonl"
    wishes.write_text(
        json.dumps({"interest": "honey", "exact": ["Beekeeping with language models"]}) + "\n\n"
    )
    return dumps, read_labels(labels), read_interests(wishes)


def test_figures_of_a_small_case(classifier, material):
    directory, labels, wishes = material
    papers = read_papers(directory)
    assert [paper.title for paper in papers] == [
        "Beekeeping with Language Models",
        "Pruning Language Models",
    ]
    figures = evaluate(classifier, shipped(), papers, labels, wishes).to_json()
    assert figures["topics"]["micro_f1"] == 1
    assert figures["interests"]["ndcg_at_10"] == 1
    assert figures["interests"]["per_interest"]["honey"]["map"] == 1
    assert figures["ms_per_1000_papers"] > 0


def test_plain_ways_stand_beside_ours(classifier, material):
    directory, labels, wishes = material
    rows = compare(classifier, shipped(), read_papers(directory), labels, wishes)
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


def test_missing_files_and_papers_are_named(tmp_path, classifier, material):
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
        evaluate(classifier, shipped(), read_papers(directory)[:1], labels, wishes)


def test_papers_that_were_fitted_on_are_told_apart(classifier, material):
    directory, labels, wishes = material
    papers = read_papers(directory)
    seen = evaluate(classifier, shipped(), papers, labels, wishes, {key_of(labels[0].title)})
    assert (seen.in_sample.papers, seen.unseen.papers) == (1, 0)
    unseen = evaluate(classifier, shipped(), papers, labels, wishes).to_json()["topics"]
    assert unseen["in_sample"]["papers"] == 0
    assert unseen["unseen"]["micro_f1_interval"] == [1.0, 1.0]


def test_papers_are_also_read_from_lines_that_may_be_packed(tmp_path):
    lines = [{"title": f"Paper {n}", "abstract": "We prune.", "id": str(n)} for n in (1, 2, 1)]
    data = "\n".join(map(json.dumps, lines)).encode()
    (tmp_path / "plain.jsonl").write_bytes(data)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(data))
    for name in ("plain.jsonl", "packed.jsonl.gz"):
        assert [one.title for one in read_papers(tmp_path / name)] == ["Paper 1", "Paper 2"]
    (tmp_path / "broken.jsonl.gz").write_bytes(data)
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_papers(tmp_path / "broken.jsonl.gz")


def test_labels_in_slugs_of_the_former_catalogue_are_recognised(tmp_path):
    path = tmp_path / "labels.jsonl"
    rows = [{"title": "a", "topics": ["vision"]}, {"title": "b", "topics": ["code"]}]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert [label.former for label in read_labels(path)] == [True, True]
    path.write_text(json.dumps(rows[0]))
    assert [label.former for label in read_labels(path)] == [False]


def below(floor, figures):
    return {name: figures[name] for name in floor if figures[name] < floor[name]}


def test_interests_on_the_dumps_do_not_fall_below_the_recorded_figures(classifier, shared):
    relevance = shared / "relevance"
    figures = evaluate(
        classifier,
        shipped(),
        read_papers(shared / "dumps"),
        read_labels(relevance / "papers-labelled.jsonl"),
        read_interests(relevance / "interests.jsonl"),
    ).to_json()
    assert below(INTERESTS, figures["interests"]) == {}


def test_topics_of_papers_that_were_not_fitted_on(classifier, shared):
    relevance = shared / "relevance"
    fitted = read_keys(fitted_papers_file())
    for floor, papers, labels in (
        (DUMPS, shared / "dumps", relevance / "papers-labelled.jsonl"),
        (
            DAILY,
            relevance / "hf" / "pool-480.jsonl.gz",
            relevance / "hf" / "topics-labelled.jsonl",
        ),
    ):
        found = evaluate(
            classifier, shipped(), read_papers(papers), read_labels(labels), [], fitted
        )
        assert found.unseen.papers in (107, 120)
        assert below(floor, found.to_json()["topics"]["unseen"]) == {}
