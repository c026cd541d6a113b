"""Whole mails over made-up papers, kept so that a change of a byte is seen and meant."""

from dataclasses import replace

import pytest

from digest.ground.languages.catalogues import languages
from digest.model import Cadence, DeliverySchedule, Layout, Pick, Preferences, Reason, ReasonKind
from tests.render.editions import (
    LETTERHEAD,
    make_candidate,
    make_edition,
    make_picks,
    make_reader,
    make_renderer,
)

HOSTILE_TITLES = (
    "<script>alert('x')</script> Is All You Need",
    "<RET>: A Token That Ends & Begins </table>",
    r"Learning in {\em one} Step: $\mathcal{O}(n)$ {{ 7 * 7 }}",
    "لماذا تنسى النماذج اللغوية ما تعلمته؟ \u202e gnp.exe",
    "大規模言語モデルの推論を一度の読み込みで高速化する方法についての研究",
    "👩‍🔬 Emoji Are Tokens Too 🤖",
    "A Title\r\nBcc: everyone@example.com\r\n\r\n<b>and a body</b>",
    "A Very Long Title " * 22,
    ".",
)


def plain():
    edition = make_edition()
    return make_renderer(edition), make_reader(), make_picks(edition)


def one_paper():
    edition = make_edition(size=1)
    return make_renderer(edition), make_reader(name=""), [Pick(1, Reason(ReasonKind.TRENDING))]


def hostile():
    abstracts = (
        "",
        "word " * 200_000,
        "<b>bold</b> & \x00\x1b[0m",
        "= %b\r\n.\r\nFrom x",
        "短い。",
    )
    candidates = [
        make_candidate(number + 1, title=title, abstract=abstracts[number % len(abstracts)])
        for number, title in enumerate(HOSTILE_TITLES)
    ]
    phrase = Reason(ReasonKind.INTEREST, 'my <b>"phrase"</b>\r\nBcc: x@example.com 漢字')
    reader = make_reader(
        7,
        name="Zoë Müller-Łukasz",
        address="zoë@bücher.example",
        preferences=Preferences(interests=(phrase.subject,)),
    )
    letterhead = replace(LETTERHEAD, name="Täglich & <neu>", sender_name="Täglich, neu")
    picks = [Pick(each.paper.id, phrase) for each in candidates]
    renderer = make_renderer(make_edition(*candidates), letterhead=letterhead)
    return renderer, reader, picks


def german():
    edition = make_edition()
    return make_renderer(edition, language=languages()["de"]), make_reader(), make_picks(edition)


def laid_out(**changes):
    edition, reader = make_edition(), make_reader()
    reader = replace(reader, preferences=replace(reader.preferences, **changes))
    return make_renderer(edition), reader, make_picks(edition)


def full():
    return laid_out(layout=Layout.FULL)


def compact():
    return laid_out(layout=Layout.COMPACT)


def text_only():
    return laid_out(layout=Layout.TEXT)


def weekly():
    return laid_out(schedule=DeliverySchedule(Cadence.WEEKLY))


def edited_edition():
    """Papers with all that editors can do to them: a pin, a claim, notes in either direction."""
    first, second, *others = make_edition().candidates
    words = {"claim": "Nine Papers Say Less Than One", "note": "The code <came> out & it runs."}
    arabic = "لا نشرة يوم الخميس."
    candidates = (replace(first, **words), replace(second, note=arabic), *others)
    note = "No digest on Thursday. " * 6
    edition = replace(make_edition(), candidates=candidates, note=note, pinned=(first.paper.id,))
    chosen = Pick(first.paper.id, Reason(ReasonKind.EDITORS))
    rest = [pick for pick in make_picks(edition) if pick.paper_id != first.paper.id]
    return edition, [chosen, *rest]


def edited():
    edition, picks = edited_edition()
    return make_renderer(edition), make_reader(), picks


def edited_german():
    edition, picks = edited_edition()
    reader = make_reader()
    wishes = replace(reader.preferences, layout=Layout.COMPACT, language="de")
    german_one = make_renderer(edition, language=languages()["de"])
    return german_one, replace(reader, preferences=wishes), picks


MADE = [plain, one_paper, hostile, german, full, compact, text_only, weekly, edited, edited_german]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_the_mail_is_the_golden_one(made, golden):
    renderer, reader, picks = made()
    golden(f"{made.__name__}.eml", renderer.message(reader, picks).body)
    golden(f"{made.__name__}.html", renderer.html(reader, picks).encode())
    golden(f"{made.__name__}.txt", renderer.text(reader, picks).encode())
