import pytest

from digest.summary.clauses import is_clause
from digest.summary.cuts import cuts, ends_well, torn


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("method that learns slowly, which is rare", "method that learns slowly"),
        ("queue with little memory, speed, and cost", "queue"),
        ("queue for parametric, continuous, and other jobs", "queue"),
        ("design based on hares, dispensing with snow and cold", "design based on hares"),
        ("link between hares and queues in the snow", "link between hares and queues"),
        ("model tailored for hares in the snow", "model tailored for hares"),
        ("model that accepts anything as input", "model that accepts anything"),
        ("queues are fast, but only at night", ""),
        ("queues are fast, unless it snows", ""),
        ("hares (and queues of hares in snow) wait", ""),
        ("hares sometimes (not always) wait in snow", "hares sometimes (not always) wait"),
        ("why do hares wait in the snow?", ""),
    ],
)
def test_a_phrase_ends_where_a_clause_ends(text, kept):
    assert next(cuts(text, len(text) - 1, 5), "") == kept


def test_the_whole_comes_first_and_as_it_is():
    assert list(cuts("what queues are for", 30, 5)) == ["what queues are for"]
    assert list(cuts("queues are fast.", 30, 5)) == ["queues are fast"]


@pytest.mark.parametrize(
    "text", ["", "of", "a queue of", "queues,", "a (queue", 'the "queue', "$x"]
)
def test_what_ends_badly(text):
    assert not ends_well(text)


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("hares wait in the snow", 22, "hares wait in the snow"),
        ("hares wait in the snow", 20, "hares wait…"),
        ("hares (and queues) wait", 12, "hares…"),
        ("harequeue" * 9, 10, "harequeue…"),
        ("快速的兔子在队列中等待", 6, "快速的兔子…"),
        ("hare", 1, "…"),
    ],
)
def test_the_last_resort_is_cut_between_words(text, limit, shown):
    assert torn(text, limit) == shown


@pytest.mark.parametrize(
    "clause",
    [
        "small models match large ones on satellite images",
        "fine-tuned models are scalable judges",
        "HTML is better than plain text for modeling",
        "weight decay improves plasticity",
    ],
)
def test_a_clause_is_told_from_a_noun(clause):
    assert is_clause(clause)


@pytest.mark.parametrize(
    "noun",
    [
        "framework that improves plasticity",
        "family of models for planning",
        "method to make benchmarks harder",
        "pruning by query-driven uses of caches",
    ],
)
def test_a_noun_with_all_that_describes_it_is_no_clause(noun):
    assert not is_clause(noun)
