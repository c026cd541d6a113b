import json

import pytest
import typer
from typer.testing import CliRunner

from digest.cli.evaluate import register

DUMP = "new\n\nMar 17\n\nPruning Trees\n\nWe prune trees in winter."


@pytest.fixture
def app():
    program = typer.Typer()
    program.callback()(lambda: None)
    register(program)
    return program


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "dump.txt").write_text(DUMP)
    labels, interests = tmp_path / "labels.jsonl", tmp_path / "interests.jsonl"
    labels.write_text('{"title": "Pruning Trees", "topics": ["compression"]}')
    interests.write_text('{"interest": "trees", "exact": ["Pruning Trees"]}')
    paths = {"--labels": labels, "--interests": interests, "--dumps": tmp_path}
    return ["eval", *(str(part) for pair in paths.items() for part in pair)]


def test_json_has_the_figures_that_scripts_rely_on(app, arguments):
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert {"micro_f1", "macro_f1", "per_topic"} == figures["topics"].keys()
    assert {"ndcg_at_10", "map", "per_interest"} == figures["interests"].keys()
    assert figures["ms_per_1000_papers"] > 0


def test_people_get_tables_and_the_plain_rankers_beside(app, arguments):
    result = CliRunner().invoke(app, [*arguments, "--compare"])
    assert result.exit_code == 0
    for part in ("topics, micro F1", "interests, nDCG@10", "plain BM25", "TF-IDF to description"):
        assert part in result.stdout
