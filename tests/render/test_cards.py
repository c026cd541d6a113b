from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.languages.catalogues import languages
from digest.model import Paper
from digest.render.cards import make_card, short_authors, shown_names, shown_title
from digest.render.digest.wording import short_title

DECOMPOSED = "Poincare\u0301 Maps of $x^2$: Re\u0301sume\u0301"


def card(**fields):
    return make_card(
        Paper(7, "T", "A", **fields), "https://x.org", lambda _title, abstract: abstract
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, ""),
        (1, "A. Ode"),
        (2, "A. Ode and B. Elm"),
        (3, "A. Ode, B. Elm and C. Fir"),
        (4, "A. Ode, B. Elm and 2 more"),
        (2000, "A. Ode, B. Elm and 1,998 more"),
    ],
)
def test_a_card_names_the_first_authors_and_counts_the_others(count, shown):
    names = ["A. Ode", "B. Elm", "C. Fir", *(f"N. {number}" for number in range(2000))]
    assert short_authors(names[:count]) == shown


def test_authors_are_counted_in_the_language_of_the_reader():
    german = languages()["de"]
    assert short_authors(["A", "B", "C", "D"], german) == "A, B und 2 weitere"
    assert short_authors(["A", "B"], german) == "A und B"


def test_names_are_cleaned_when_they_are_shown():
    assert shown_names(['G\\"odel \\u202e', "\u202e", "A\u200bda"]) == ["Gödel \\u202e", "Ada"]
    assert len(shown_names(["x" * 200])[0]) == 80


@given(st.lists(st.text(max_size=200)))
def test_whatever_the_names_a_card_stays_short(names):
    assert len(short_authors(names)) <= 3 * 80 + 20


def test_a_card_has_one_link_and_says_where_the_others_lead():
    made = card(code_urls=("https://github.com/o/n/x",), project_urls=("https://p.example.org/",))
    assert made.url == "https://x.org/papers/7"
    assert (made.code_text, made.project_text) == ("github.com/o/n", "p.example.org")
    assert card(url="https://doi.org/10.1234/a").url == "https://doi.org/10.1234/a"
    assert (card().code, card().code_text, card().project, card().project_text) == ("",) * 4


@pytest.mark.parametrize("title", [DECOMPOSED, DECOMPOSED * 20])
def test_a_title_is_composed_wherever_it_is_shown(title):
    paper = Paper(1, title, "An abstre\u0301act.", summary="Re\u0301sume\u0301.")
    card = make_card(paper, "https://example.org", lambda *_: "")
    for shown in (card.title, card.summary, shown_title(paper), short_title(title)):
        assert is_normalized("NFC", shown)
