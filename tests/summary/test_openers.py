import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summary.openers import without_opener


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("In this paper, we propose a scheduler.", "We propose a scheduler."),
        ("In this work we propose a new scheduler.", "We propose a new scheduler."),
        ("To address these issues, we propose a scheduler.", "We propose a scheduler."),
        ("To this end, we introduce Hare, a scheduler.", "We introduce Hare, a scheduler."),
        ("Motivated by this observation, we propose Hare, a queue.", "We propose Hare, a queue."),
        ("However, in this paper, we propose a scheduler.", "We propose a scheduler."),
        ("Extensive experiments show that Hare is twice as fast.", "Hare is twice as fast."),
        ("Our results demonstrate that vLLM is twice as fast.", "vLLM is twice as fast."),
        ("Moreover, k-means is twice as fast as Hare.", "k-means is twice as fast as Hare."),
        ("Finally, <RET> tokens make it faster.", "<RET> tokens make it faster."),
    ],
)
def test_openers_go_and_a_sentence_is_left(sentence, shown):
    assert without_opener(sentence) == shown


@pytest.mark.parametrize(
    "sentence",
    [
        "We propose a scheduler.",
        "Experiments on ImageNet show that Hare is twice as fast.",
        "To speed up inference, we propose a scheduler.",
        "Our results suggest that Hare may be faster.",
        "Experiments show that only tests are faster.",
        "Our results show that existing systems fail.",
        "In this paper, and elsewhere, people propose things.",
        "This paper proposes a scheduler.",
        "In this paper, so.",
    ],
)
def test_what_says_something_stays(sentence):
    assert without_opener(sentence) == sentence


@given(
    st.lists(
        st.sampled_from(
            ["In this paper,", "we", "However,", "show that", "results", "<RET>", "x", "it."]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_what_is_left_is_the_end_of_the_sentence(sentence):
    left = without_opener(sentence)
    assert sentence.lower().endswith(left.lower())
