from functools import partial

import pytest

from digest.errors import ComposeError
from digest.ground.languages.catalogues import languages
from digest.model import Layout, Preferences
from digest.render.digest.renderer import Renderer
from digest.render.digest.renderer_set import RendererSet
from tests.render.editions import (
    LETTERHEAD,
    SIGNER,
    TEMPLATES,
    TOPIC_NAMES,
    make_edition,
    make_picks,
    make_reader,
    make_renderer,
    summarise,
)


def make_room(edition, made=None, *, tried=False, **changes):
    parts = {
        "letterhead": LETTERHEAD,
        "topic_names": TOPIC_NAMES,
        "signer": SIGNER,
        "templates": TEMPLATES,
        "summarise": summarise,
    }
    make = partial(Renderer, **{**parts, **changes})

    def noted(edition, *, language):
        if made is not None:
            made.append((len(edition.candidates), language.tag))
        return make(edition, language=language)

    return RendererSet(edition, noted, languages(), tried=tried)


def reader_of(language, layout):
    return make_reader(preferences=Preferences(language=language, layout=layout))


@pytest.mark.parametrize("tag", ["en", "de"])
@pytest.mark.parametrize("layout", list(Layout))
def test_a_reader_gets_his_language_and_layout(tag, layout):
    edition = make_edition()
    reader, picks = reader_of(tag, layout), make_picks(edition)
    alone = make_renderer(edition, language=languages()[tag])
    room = make_room(edition)
    assert room.message(reader, picks) == alone.message(reader, picks)
    assert room.fit(reader, picks) == tuple(picks)


def test_a_language_that_nobody_speaks_is_english():
    edition = make_edition()
    picks = make_picks(edition)
    room = make_room(edition)
    message = room.message(reader_of("tlh", Layout.FULL), picks)
    assert b"Content-Language: en" in message.body


def test_a_press_is_made_when_its_first_reader_comes_and_then_kept():
    made = []
    edition = make_edition()
    room = make_room(edition, made)
    assert made.pop() == (15, "en")
    assert all(few == 3 for few, _ in made)
    made.clear()
    for _ in range(2):
        room.message(reader_of("de", Layout.TEXT), make_picks(edition))
    assert made == [(15, "de")]


def test_what_is_looked_at_elsewhere_is_made_for_readers_alone():
    made = []
    edition = make_edition()
    room = make_room(edition, made, tried=True)
    assert made == []
    room.message(reader_of("de", Layout.COMPACT), make_picks(edition))
    assert made == [(15, "de")]


@pytest.mark.parametrize("name", ["digest/line.html", "digest/line.txt", "digest/section.txt"])
def test_a_broken_template_of_any_layout_is_known_before_the_first_mail(name):
    with pytest.raises(ComposeError, match=f"{name}, line 2: .*undefined"):
        make_room(make_edition(), templates={**TEMPLATES, name: "fine\n{{ papre }}"})
