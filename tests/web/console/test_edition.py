"""The edition in the console: the list, its buttons, approval, previews and tests to oneself."""

import re
import time

import pytest

from digest.accounts import audit
from digest.delivery import approval
from digest.delivery.forecast import reach
from digest.editions import changing
from digest.editions.changing import Author
from digest.model import Approval, Role
from digest.workers import local
from tests.factories import DAY, NOON


@pytest.fixture
def papers(app):
    """The ids of the papers of an open edition."""
    return [each.paper.id for each in app.editions.open(DAY).edition.candidates]


def counted(app, edition_id=1):
    """Wait until the numbers of readers are those of the present version."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = reach.find(app.database, edition_id)
        if found and found.version == changing.look(app.database, DAY).state.version:
            return found
        time.sleep(0.05)
    raise AssertionError("nobody counted")


def order(app):
    return [each.paper.id for each in changing.look(app.database, DAY).open.edition.candidates]


def test_before_the_first_edition_it_says_so(signed_in):
    assert "No edition is open yet." in signed_in(Role.VIEWER).see("/edition")


def test_a_viewer_sees_papers_and_readers_and_no_button(app, signed_in, subscribe, papers):
    subscribe("ann", "bob")
    hand = signed_in(Role.VIEWER)
    assert "is being counted" in hand.see("/edition")
    counted(app)
    page = hand.see("/edition")
    assert "counted for all 2." in page
    assert re.search(r"Readers: 2", page)
    assert "/papers/" not in page
    hand.send_form(f"/edition/{DAY}/papers/{papers[0]}/drop", expect=403)
    hand.send_form(f"/edition/{DAY}/approve", expect=403, version=0)
    assert order(app) == papers


def test_each_button_does_what_it_says_and_is_audited(app, signed_in, subscribe, papers):
    subscribe("ann")
    hand = signed_in(Role.EDITOR)
    page = hand.see("/edition")
    assert f"/edition/{DAY}/papers/{papers[0]}/drop" in page

    def act(paper, what, **fields):
        answer = hand.send_form(f"/edition/{DAY}/papers/{paper}/{what}", **fields)
        if what != "drop":
            assert answer.headers["location"].endswith(f"#paper-{paper}")
        return hand.see(answer.headers["location"].removeprefix("/admin"))

    assert "The paper is dropped." in act(papers[0], "drop", place=1)
    assert "The paper is pinned." in act(papers[4], "pin")
    assert "The paper is moved." in act(papers[2], "move", place=1)
    assert "The claim is kept." in act(papers[2], "claim", text="One <line> & no more")
    assert "The note is kept." in act(papers[2], "note", text="See the code.")
    answer = hand.send_form(f"/edition/{DAY}/note", text="A holiday tomorrow.")
    page = hand.see(answer.headers["location"].removeprefix("/admin"))
    assert "One &lt;line&gt; &amp; no more" in page
    for words in ("A holiday tomorrow.", "See the code.", "Pinned", "Moved", "Own claim"):
        assert words in page
    assert "editor@example.org" in page
    assert order(app)[:2] == [papers[2], papers[1]]
    entry = changing.look(app.database, DAY).entries[0].id
    hand.send_form(f"/edition/{DAY}/undo", entry=entry)
    assert "The paper is pinned no longer." in act(papers[4], "unpin")
    assert set(order(app)) == set(papers)
    actions = {each.action for each in audit.entries(app.database)}
    acts = ("drop", "pin", "unpin", "move", "claim", "note", "undo")
    assert {f"edition.{each}" for each in acts} <= actions
    counted(app)


def test_what_is_refused_is_said_and_changes_nothing(app, signed_in, subscribe, papers, sink):
    subscribe("ann")
    hand = signed_in(Role.EDITOR)
    hand.see("/edition")
    place = f"/edition/{DAY}/papers/{papers[0]}"
    assert "no place 999" in hand.send_form(f"{place}/move", expect=422, place=999).text
    hand.send_form(f"{place}/move", expect=422, place="first")
    hand.send_form(f"{place}/burn", expect=404)
    hand.send_form(f"{place}/claim", expect=422, text="x" * 111)
    local.send(app, DAY)
    page = hand.see("/edition")
    assert "it is changed no more" in page
    assert f"/papers/{papers[0]}/drop" not in page
    assert "changed no more" in hand.send_form(f"{place}/drop", expect=422).text
    assert order(app) == papers


def test_what_nobody_can_do_to_a_paper_is_not_logged(app, signed_in, papers):
    hand = signed_in(Role.EDITOR)
    before = audit.entries(app.database)
    for act in ("approve", "drop%0D%0AX", "x" * 300):
        hand.send_form(f"/edition/{DAY}/papers/{papers[0]}/{act}", expect=404)
    assert audit.entries(app.database) == before


def test_a_search_keeps_the_places(app, signed_in, papers):
    last = app.editions.find(DAY).edition.candidates[-1].paper.title
    page = signed_in(Role.EDITOR).see(f"/edition?q={last}")
    assert f'<li value="{len(papers)}"' in page
    assert "1 of them." in page


def test_who_approves_has_seen_what_goes(app, signed_in, papers):
    from sqlalchemy import update

    from digest.ground.database.tables.delivery import EditionRow

    waits = Approval(NOON, "hold")
    with app.database.write() as session:
        values = {"approve_by": waits.by, "approval_late": waits.late}
        session.execute(update(EditionRow).values(**values))
    hand = signed_in(Role.EDITOR)
    page = hand.see("/edition")
    assert "It waits to be approved" in page
    changing.note(app.database, DAY, None, "meanwhile", Author("command line", NOON))
    stale = hand.send_form(f"/edition/{DAY}/approve", expect=422, version=0)
    assert "changed since you looked" in stale.text
    hand.send_form(f"/edition/{DAY}/approve", version=1)
    page = hand.see("/edition?done=approve")
    assert "The edition is approved." in page
    assert "/drop" not in page
    hand.send_form(f"/edition/{DAY}/take-back")
    assert "It waits to be approved" in hand.see("/edition")
    approval.approve(app.database, DAY, Author("command line", NOON))


def test_a_preview_of_somebody_made_up_in_all_its_views(signed_in, papers):
    hand = signed_in(Role.VIEWER)
    query = "topic=compression&topic=speech&max_papers=5&language=de&layout=full"
    page = hand.see(f"/edition/preview?{query}")
    frame = re.search(r'<iframe class="mail" title="The mail" sandbox="" src="([^"]+)"', page)
    assert frame
    answer = hand.get(frame[1].replace("&amp;", "&"))
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert 'lang="de"' in answer.text
    assert "color-scheme: light" in answer.text
    console_policy = hand.get(f"/admin/edition/preview?{query}").headers["content-security-policy"]
    assert "frame-src 'self'" in console_policy
    dark = hand.get(f"/admin/edition/preview/mail.html?{query}&scheme=dark")
    assert "color-scheme: dark" in dark.text
    assert "prefers-color-scheme" not in dark.text
    assert 'class="mail phone"' in hand.see(f"/edition/preview?{query}&width=phone")
    assert "Abmelden" in hand.see(f"/edition/preview?{query}&view=text")
    headers = hand.see(f"/edition/preview?{query}&view=headers")
    assert "List-Unsubscribe:" in headers
    assert "bytes in all" in headers
    assert "has no HTML" in hand.see("/edition/preview?layout=text")


def test_wishes_that_nobody_can_have_are_named(signed_in, papers):
    hand = signed_in(Role.VIEWER)
    assert "topics" in hand.see("/edition/preview?topic=alchemy")
    hand.see("/edition/preview?date=yesterday", expect=422)
    hand.see("/edition/preview?view=smell", expect=422)


def test_a_readers_own_mail_is_for_editors(app, signed_in, subscribe, papers):
    subscribe("ann")
    signed_in(Role.VIEWER).see("/edition/preview?reader=1", expect=403)
    hand = signed_in(Role.EDITOR)
    hand.see("/edition/preview?reader=ann@example.org", expect=422)
    led = hand.send_form("/edition/preview", reader="ann@example.org", date=DAY)
    assert "ann" not in led.headers["location"]
    page = hand.see(led.headers["location"].partition("/admin")[2] + "&view=text")
    assert "ann@example.org" in page
    assert app.delivery.preview("ann@example.org", DAY).subject in page.replace("&#39;", "'")
    answer = hand.send_form("/edition/preview", expect=404, reader="bob@example.org")
    assert "No subscriber has this" in answer.text
    assert hand.send_form("/edition/preview", reader="7").headers["location"].endswith("reader=7")
    hand.send_form("/edition/preview", expect=422, reader="9" * 30)
    assert "No subscriber has this" in hand.see("/edition/preview?reader=999")


def test_a_test_goes_to_the_account_and_only_so_often(signed_in, sink, papers, clock):
    hand = signed_in(Role.EDITOR)
    hand.see("/edition/preview?topic=compression")
    answer = hand.send_form("/edition/preview/test", topic="compression", date=DAY)
    assert "done=tested" in answer.headers["location"]
    assert b"[Test] " in sink.messages[0].data
    assert list(sink.messages[0].recipients) == ["editor@example.org"]
    again = hand.send_form("/edition/preview/test", expect=429, topic="compression")
    assert "One test a minute" in again.text or again.headers["retry-after"]
    assert len(sink.messages) == 1
