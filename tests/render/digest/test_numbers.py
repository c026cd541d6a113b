"""Numbers of papers, for readers who answer a mail."""

import re
from dataclasses import replace

from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.model import Layout, Pick, Reason, ReasonKind
from digest.render.digest.renderer import HTML_BUDGET
from digest.render.quoted_printable import encode
from digest.selection.arrangement import in_mail_order
from tests.render.editions import make_edition, make_picks, make_reader, make_renderer

ADDRESSES = ReplyAddresses([b"a key that only these tests have"], "reply@example.org")


def with_layout(layout):
    reader = make_reader()
    return replace(reader, preferences=replace(reader.preferences, layout=layout))


def numbered(text):
    """Return the papers of a text mail: beginnings of titles by number, in the order shown."""
    return {int(number): title for number, title in re.findall(r"^(\d+)\. (.{10})", text, re.M)}


def test_numbers_are_the_places_of_the_stored_picks_however_those_are_arranged():
    edition, reader = make_edition(), with_layout(Layout.FULL)
    renderer = make_renderer(edition, reply_addresses=ADDRESSES)
    picks = in_mail_order(make_picks(edition), reader.preferences.summaries)
    shown = numbered(renderer.text(reader, picks))
    assert list(shown) == list(range(1, len(picks) + 1))
    titles = {pick.paper_id: shown[number] for number, pick in enumerate(picks, start=1)}
    again = (*picks[::2], *picks[1::2])  # an order in which no mail is arranged
    other = numbered(renderer.text(reader, again))
    assert list(other) != list(shown)
    assert other == {number: titles[pick.paper_id] for number, pick in enumerate(again, start=1)}


def test_five_hundred_numbered_papers_stay_within_the_budget():
    edition, reader = make_edition(size=500), with_layout(Layout.COMPACT)
    renderer = make_renderer(edition, reply_addresses=ADDRESSES)
    picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    html = renderer.html(reader, picks)
    assert 0.5 * HTML_BUDGET < len(encode(html)) <= HTML_BUDGET + 200
    found = [int(number) for number in re.findall(r">(\d+)\. <a ", html)]
    assert found == list(range(1, len(renderer.fit(reader, picks)) + 1))
