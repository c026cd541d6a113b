"""Made-up and hostile texts for the tests of claims."""

import re

from hypothesis import strategies as st

from digest.ground.text.plain_text import clean
from digest.ground.text.tex import readable

_TITLE_TEXT = """
    Hare : A Fast Queue for Large Language Models and Agents with KV (HQ) ? is All You Need
    Technical Report Survey \u2013 τ $O(n)$ Improving Query-Driven " via the in <RET> 千灯 of"""
_ABSTRACT_TEXT = """
    We_propose|Hare|, a|new|queue|for|requests|.|that|is|fast|We_find_that|models|are|slow|, which
    |, and|(HQ)|large_language_models|(LLMs)|LLMs|called|In_this_paper, we|introduce|between|it
    |$x^1$|;"""
_SINGLE = 'aA1 -,()"$\\?:.本م{' + "\u2014\u0301"
_REPEATED = """
    a_|A_|A-|a-|and_|the_|,_a_|x:_|_\u2013_|we_|We_propose_|?_A_|We_find_that_|(a|A_(|for_the_|ing_
    |,_which_|aA|A1-|is_a_|called_|large_language_models_|Hare,_a_|efficient_|e.g._|We_show_a,_"""


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece.strip().replace("_", " ") for piece in text.split("|"))


HOSTILE = (*_SINGLE, *_pieces(_REPEATED))


def papers() -> st.SearchStrategy[tuple[str, str]]:
    """Titles and abstracts of pieces that the rules look for, put together anyhow."""
    title = st.lists(st.sampled_from(_TITLE_TEXT.split()), min_size=1, max_size=16).map(" ".join)
    abstract = st.lists(st.sampled_from(_pieces(_ABSTRACT_TEXT)), max_size=60).map(" ".join)
    return st.tuples(title, abstract)


def words_of(text: str) -> list[str]:
    """The words and numbers of a text as it is shown, without capitals."""
    return re.findall(r"\w+", clean(readable(clean(text))).casefold())
