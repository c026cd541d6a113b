import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.plain_text import clean
from digest.ground.text.tex import readable
from digest.summary import LONGEST_CLAIM
from digest.summary.claim import Claim, claim_of
from tests.summary.texts import HOSTILE, papers, words_of


@pytest.mark.parametrize(
    ("title", "name", "text"),
    [
        (
            "Chimera: A Lossless Decoding Method That Fuses All Tokens",
            "Chimera",
            "lossless decoding method that fuses all tokens",
        ),
        ("τ-Bench: an Exam for Agents", "τ-Bench", "exam for agents"),
        ("Hare \u2013 Fast Queues for GPUs", "Hare", "fast queues for GPUs"),
        ("千灯\uff1aA Model of Tones in Poems", "千灯", "model of tones in poems"),
        ("No More Adam: A Rate Set at the Start", "No More Adam", "rate set at the start"),
        ("Hares (HQ): Queues That Forget", "Hares (HQ)", "queues that forget"),
        ("How Far Is It? Measuring Hares in Snow", "How Far Is It?", "Measuring hares in snow"),
    ],
)
def test_a_name_stands_before_what_the_title_says(title, name, text):
    claim = claim_of(title, "")
    assert (claim.name, claim.text) == (name, text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Entropy-Guided Attention for Private LLMs", "Entropy-guided attention for private LLMs"),
        ("mHC Layers Are Enough for Bayesian Nets", "mHC layers are enough for Bayesian nets"),
        ("Queues at 3:1 Odds: A Survey", "Queues at 3:1 odds: a survey"),
        ("Say <RET> Only When You Mean It", "Say <RET> only when you mean it"),
        (r"Sorting in $O(n \log n)$ Steps With Hares", "Sorting in O(n log n) steps with hares"),
        ("الأرانب السريعة في الطابور", "الأرانب السريعة في الطابور"),
        ("快速的兔子在队列中", "快速的兔子在队列中"),
    ],
)
def test_a_title_that_says_it_is_the_claim(title, text):
    claim = claim_of(title, "")
    assert (claim.name, claim.text) == ("", text)


@pytest.mark.parametrize(
    ("title", "abstract", "name", "text"),
    [
        (
            "Attention Is All You Need",
            "Networks are complex. In this paper, we propose a new, simple design, the Rabbit, "
            "based solely on attention, dispensing with recurrence. It is fast.",
            "Attention Is All You Need",
            "simple design, the Rabbit, based solely on attention, dispensing with recurrence",
        ),
        (
            "Hare-2 Technical Report",
            "We present Hare-2, a family of open models for planning, trained on rules.",
            "Hare-2",
            "family of open models for planning, trained on rules",
        ),
        (
            "Do Models Know Their Limits?",
            "We ask whether models know. We find that models of every size are sure of what they "
            "never saw, which is a problem of its own that we look into with care at the end.",
            "Do Models Know Their Limits?",
            "Models of every size are sure of what they never saw",
        ),
        (
            "Hare: A Survey",
            "Hare is a queue for short requests. It is fast.",
            "Hare",
            "queue for short requests",
        ),
    ],
)
def test_the_abstract_says_what_a_vague_title_does_not(title, abstract, name, text):
    claim = claim_of(title, abstract)
    assert (claim.name, claim.text) == (name, text)


@pytest.mark.parametrize(
    "abstract",
    [
        "",
        "We ask a question.",
        "Our results suggest that models may know more than they say in most of the cases.",
        "We find that it is faster than what came before it in every single case.",
        "We show that these models are faster than all that came before.",
    ],
)
def test_a_vague_title_stays_if_nothing_surely_says_more(abstract):
    claim = claim_of("Do Models Know Their Limits?", abstract)
    assert (claim.name, claim.text) == ("", "Do models know their limits?")


def test_words_keep_the_capitals_that_the_abstract_gives_them():
    abstract = "We play Minecraft and Hanabi with a Deep Careful Net (DCN), and a queue of agents."
    claim = claim_of("Hare: Careful Agents for Hanabi and Other Queues", abstract)
    assert claim.text == "careful agents for Hanabi and other queues"


def test_a_long_claim_ends_where_a_clause_ends():
    title = (
        "Hare: A Scheduler for Short Requests in Large Clusters of Shared Accelerators with "
        "Deadlines That Change While the Requests Are Running"
    )
    text = claim_of(title, "").text
    assert text == "scheduler for short requests in large clusters of shared accelerators"


def test_the_line_joins_name_and_text():
    assert Claim("Hare", "fast queues", "").line == "Hare: fast queues"
    assert Claim("Why Wait?", "queues are fast", "").line == "Why Wait? queues are fast"
    assert Claim("", "Queues are fast", "").line == "Queues are fast"


@pytest.mark.parametrize("abstract", ["", "We propose Hare, a queue for short requests."])
@pytest.mark.parametrize("title", ["", " \n ", "\u202e"])
def test_an_empty_title_claims_nothing(title, abstract):
    assert claim_of(title, abstract) == Claim("", "", "")


@given(papers())
def test_every_word_is_of_the_title_or_of_the_abstract_and_in_its_order(paper):
    title, abstract = paper
    claim = claim_of(title, abstract)
    sources = [words_of(source) for source in paper]
    for text in (claim.text, claim.name, claim.title):
        assert any(_subsequence(words_of(text), source) for source in sources)
    assert set(words_of(claim.short)) <= {word for source in sources for word in source}


@given(papers())
def test_a_claim_is_one_line_that_fits_and_is_whole(paper):
    claim = claim_of(*paper)
    assert len(claim.text) <= LONGEST_CLAIM
    assert bool(claim.text) == bool(clean(readable(clean(paper[0]))))
    for text in (claim.line, claim.title, claim.short, claim.deed):
        assert unicodedata.is_normalized("NFC", text)
        assert text == clean(text)
    assert not re.search(r"[,;:\u2013\u2014]$", claim.text) or claim.text in claim.title


@given(st.text(max_size=300), st.text(max_size=600))
def test_any_text_has_a_claim(title, abstract):
    claim = claim_of(title, abstract)
    assert len(claim.text) <= LONGEST_CLAIM
    assert claim == claim_of(title, abstract)


@pytest.mark.parametrize("pieces", HOSTILE)
def test_hostile_papers_take_little_time(pieces):
    text = (pieces * 100_000)[:100_000]
    start = time.process_time()
    for title, abstract in (
        (text, text),
        ("Hare", text),
        ("Hare", f"We propose {text}"),
        ("x?", text),
    ):
        claim_of(title, abstract)
    assert time.process_time() - start < 1


def _subsequence(words: list[str], source: list[str]) -> bool:
    rest = iter(source)
    return all(word in rest for word in words)
