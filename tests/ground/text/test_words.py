import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.words import LONGEST_TEXT, content, singulars, tokens, words


@pytest.mark.parametrize(
    "same",
    [
        ("text-to-SQL", "text to SQL", "Text2SQL", "text to sql"),
        ("KV-cache", "KV cache", "KVCache", "KV caches", "kv/cache"),
        ("fine-tuning", "finetuning", "fine tuning", "Fine-Tuning"),
        ("pre-training", "pretraining", "pre training"),
        ("LLMs", "LLM", "llms", "LLM's"),
        ("GPUs", "gpu"),
        ("quantization", "quantisation"),
        ("data set", "dataset", "datasets"),
        ("naïve", "naive"),
        ("multi-modal", "multimodal"),
    ],
)
def test_ways_to_write_one_thing_meet(same):
    assert len({tuple(tokens(text)) for text in same}) == 1
    assert len({tuple(singulars(text)) for text in same}) == 1


def test_stems_bring_forms_together_but_singulars_do_not():
    assert tokens("compression") == tokens("compressing")
    assert singulars("compression") != singulars("compressing")
    assert singulars("agents") == singulars("agent")


@pytest.mark.parametrize(
    ("one", "other"),
    [("tokenizer", "token"), ("optimizer", "optimal"), ("reasoning", "reasons")],
)
def test_words_that_only_look_alike_stay_apart(one, other):
    assert tokens(one) != tokens(other)


def test_markup_and_addresses_are_no_words():
    text = r"We <RET> show \times and \url{https://example.org/a} at https://example.org/b."
    assert words(text) == ["we", "show", "and", "at"]


def test_stop_words_are_left_out_of_the_content():
    assert content(tokens("papers about the compression of models")) == ["compress", "model"]


def test_a_language_without_a_stemmer_passes():
    assert tokens("量化 和 剪枝") == ["量化", "和", "剪枝"]


def test_only_the_beginning_of_a_very_long_text_is_read():
    assert len(tokens("word " * LONGEST_TEXT)) <= LONGEST_TEXT


def test_threads_do_not_disturb_each_other():
    expected = [tokens(f"quantizing{n} models") for n in range(300)]
    found = {}

    def work(name):
        found[name] = [tokens(f"quantizing{n} models") for n in range(300)]

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == expected for result in found.values())


@given(st.text(max_size=300))
def test_any_text_has_words_without_blanks_and_in_small_letters(text):
    for token in (*tokens(text), *singulars(text)):
        assert token
        assert not any(char.isspace() for char in token)
