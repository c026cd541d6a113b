import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.interests.checks import check_interest, check_muted
from digest.interests.names import parse_names
from digest.interests.reading import Reader
from tests.interests.knowledge import small

KNOWN = small()
READER = Reader(KNOWN.names, KNOWN.names.longest_at, KNOWN.foreign, KNOWN.speller.correct)


def units(text):
    return [[unit.text for unit in facet.units] for facet in READER.read(text).facets]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pruning of trees", [["pruning", "trees"]]),
        ("honey or TTS", [["honey"], ["tts"]]),
        ("protein and drug design", [["protein", "design"], ["drug", "design"]]),
        ("Bienen", [["bees"]]),
        ("RL for agents", [["rl for agents"], ["rl", "agents"]]),
        ("reinforcement learning", [["reinforcement learning"]]),
    ],
)
def test_an_interest_is_facets_of_names_and_words(text, expected):
    assert units(text) == expected


def test_quoted_phrases_and_exclusions_are_kept_apart():
    interest = READER.read('fast "KV cache" decoding -vision -"state space"')
    assert interest.quoted == (("kv", "cach"),)
    assert interest.excluded == (("vision",), ("state", "space"))


def test_a_word_after_a_link_says_so():
    first, second = READER.read("honey for towns").facets[0].units
    assert not first.linked
    assert second.linked


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("the of and", "say nothing about a subject"),
        ("?!... --- ***", "no word to look for"),
        ("-agents", "only says what to leave out"),
        ("机器学习", "not in Latin letters"),
        ("x" * 10_000, "at most 200 characters"),
    ],
)
def test_what_cannot_be_an_interest_is_refused_in_clear_words(text, reason):
    with pytest.raises(InputError, match=reason) as caught:
        check_interest(text)
    assert caught.value.hint


@given(
    st.lists(
        st.sampled_from(
            [
                *("re", "search", "un", "related", "over", "the", "vs", "oder", "und", "or", "and"),
                *("use", "papers", "agents", '"the"', "-the", "the-", "KV-cache", "e-commerce"),
                *("data", "set", "Honey", "text2sql", "a2the", "2", "GPT-4", "long-context"),
            ]
        ),
        max_size=5,
    ).map(" ".join)
)
def test_an_interest_is_refused_if_it_cannot_be_read(text):
    plain = Reader(parse_names(""), lambda _stems, _at: (), {}, lambda _stem: None)

    def passes(check):
        try:
            check(text)
        except InputError:
            return False
        return True

    assert passes(check_interest) == passes(plain.read)


def test_what_can_be_an_interest_passes():
    for text in ("C++", "RL", "protein folding", r"agents (.*)+ [a-z]{9999} \d$", "fine-tuning"):
        check_interest(text)


@pytest.mark.parametrize("phrase", ["", "  ", "!?", "-", "x" * 201])
def test_a_muted_phrase_needs_a_word_and_an_end(phrase):
    with pytest.raises(InputError):
        check_muted(phrase)


@pytest.mark.parametrize("phrase", ["study", "the", "GPT-4", "diffusion", "千灯"])
def test_any_word_can_be_muted(phrase):
    check_muted(phrase)


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    try:
        interest = READER.read(text)
    except InputError:
        return
    assert all(facet.units for facet in interest.facets)
