"""Titles are shown alike wherever they are shown."""

from unicodedata import is_normalized

import pytest

from digest.model import Paper
from digest.render.cards import make_card, shown_title
from digest.render.digest.wording import short_title

DECOMPOSED = "Poincare\u0301 Maps of $x^2$: Re\u0301sume\u0301"


@pytest.mark.parametrize("title", [DECOMPOSED, DECOMPOSED * 20])
def test_a_title_is_composed_wherever_it_is_shown(title):
    paper = Paper(1, title, "An abstre\u0301act.", summary="Re\u0301sume\u0301.")
    card = make_card(paper, "https://example.org/?q={title}", lambda *_: "")
    for shown in (card.title, card.summary, shown_title(paper), short_title(title)):
        assert is_normalized("NFC", shown)
