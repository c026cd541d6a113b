import json

import pytest
from typer.testing import CliRunner

from digest.cli import app

DUMP = """new

Mar 17

Pruning Apple Trees

We prune trees in winter. Trees that are pruned in winter bear more apples in the next summer.
"""


@pytest.fixture
def arguments(tmp_path):
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    (dumps / "dump.txt").write_text(DUMP)
    labels, interests = tmp_path / "labels.jsonl", tmp_path / "interests.jsonl"
    labels.write_text('{"title": "Pruning Apple Trees", "topics": ["compression"]}')
    interests.write_text('{"interest": "trees", "exact": ["Pruning Apple Trees"]}')
    paths = {"--labels": labels, "--interests": interests, "--dumps": dumps}
    return ["eval", *(str(part) for pair in paths.items() for part in pair)]


def test_json_has_the_figures_that_scripts_rely_on(arguments):
    result = CliRunner().invoke(app, [*arguments, "--json", "--compare"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {"micro_f1", "macro_f1", "per_topic"} <= figures["topics"].keys()
    assert {"papers", "micro_f1", "micro_f1_interval"} <= figures["topics"]["unseen"].keys()
    assert {"ndcg_at_10", "map", "per_interest"} <= figures["interests"].keys()
    assert figures["ms_per_1000_papers"] > 0
    assert "plain BM25" in figures["compared"]


def test_people_get_tables_and_the_plain_ways_beside(arguments):
    result = CliRunner().invoke(app, [*arguments, "--compare"])
    assert result.exit_code == 0, result.output
    parts = ("topics, micro F1", "topics, unseen", "95 %", "interests, nDCG@10", "plain BM25")
    for part in (*parts, "TF-IDF"):
        assert part in result.stdout
