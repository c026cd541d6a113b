"""Whole editions checked before they are sent: what is held, told, and let go again."""

from dataclasses import replace

import pytest

from digest.app import build_app
from digest.delivery.store import stops
from digest.errors import BlockedError
from digest.model import Layout
from digest.render.lint.finding import Level
from digest.workers import local
from tests.factories import DAY
from tests.render.digest.test_renderer import HOSTILE
from tests.render.editions import TEMPLATES, make_candidate, make_edition
from tests.render.lint.mails import OURS, found_in, make_preflight


def changed(name, old, new):
    assert old in TEMPLATES[name]
    return {"templates": {**TEMPLATES, name: TEMPLATES[name].replace(old, new)}}


WITHOUT_TITLES = {
    name: source.replace("paper.title", "'x'").replace("paper.short_title", "'x'")
    for name, source in TEMPLATES.items()
}


def test_the_shipped_mails_are_fine_but_not_signed_here():
    assert [each for each in found_in() if "it is not signed (DKIM)" not in each] == []


def test_whatever_papers_are_called_an_edition_is_not_held():
    hostile = [make_candidate(at + 1, title=text, abstract=text) for at, text in enumerate(HOSTILE)]
    words = ("TODO", "None", "{{ x }}", "example.com", "More", "lorem ipsum")
    hostile += [make_candidate(50 + at, title=text) for at, text in enumerate(words)]
    found = make_preflight().check(make_edition(*hostile))
    assert [each for each in found if each.level == "error"] == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (changed("digest/body.html", "links.unsubscribe", "links.help"), "no way to unsubscribe"),
        (changed("digest/body.txt", "links.unsubscribe", "links.help"), "no way to unsubscribe"),
        ({"templates": WITHOUT_TITLES}, "the text part lacks 3 papers"),
        (changed("digest/body.html", "{% trans %}Help", "{% trans %}TODO"), "'TODO' is printed"),
        (changed("digest/body.txt", '_("Help")', "'{{ name }}'"), "'{{' is printed"),
        (changed("digest/body.html", 'href="{{ links.help }}"', "href=''"), "it leads nowhere"),
        (changed("digest/facts.html", "{{ reason }}", "{{ raison }}"), "facts.html, line"),
        (changed("digest/body.html", "{{ more }}", "x" * 100_000), "composed"),
        (changed("digest/body.txt", "{{ line | wrap }}", ""), "no postal address"),
        ({"letterhead": replace(OURS, base_url="http://papers.our-town.net")}, "is not https"),
    ],
)
def test_a_fault_is_found_before_anybody_gets_the_mail(changes, what):
    errors = [each for each in found_in(**changes) if each.startswith("error")]
    assert any(what in each for each in errors), errors


@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_is_looked_at_and_has_the_parts_that_it_should_have(layout):
    checked = replace(make_preflight(), variants=[(layout, "en")])
    assert [each for each in checked.check(make_edition()) if each.level is Level.ERROR] == []


@pytest.fixture
def broken(app, tmp_path):
    """The same service, whose operator broke a template."""
    folder = tmp_path / "templates"
    file = folder / "digest" / "more.txt"
    file.parent.mkdir(parents=True)
    file.write_text("{{ 1 // 0 }}")
    other = build_app(
        replace(app.settings, **{"templates": folder}),
        clock=app.clock,
        database=app.database,
    )
    return other


def held(app):
    with app.database.read() as session:
        return stops.find_blocked(session, app.editions.open(DAY).id)


def test_a_failing_edition_is_held_until_it_is_mended(app, broken, sink, clock, subscribe):
    subscribe("ann")
    for _ in range(2):
        with pytest.raises(BlockedError, match=r"digest/more\.txt, line 1"):
            local.send(broken, DAY)
    assert sink.messages == []
    since, why = held(app)
    assert since == clock.now
    assert "digest/more.txt" in why
    clock.now = clock.now.replace(hour=13)
    with pytest.raises(BlockedError):
        local.send(broken, DAY)
    assert held(app)[0] == since
    assert local.send(app, DAY).states == {"sent": 1}
    assert held(app) is None


def test_an_edition_that_everybody_has_is_not_held_any_more(app, broken, subscribe):
    subscribe("ann")
    local.send(app, DAY)
    assert local.send(broken, DAY).note == "everybody has had this edition"


def test_force_sends_all_the_same(app, sink, tmp_path, subscribe):
    subscribe("ann")
    folder = tmp_path / "templates" / "digest"
    folder.mkdir(parents=True)
    (folder / "more.html").write_text("<p>{{ rest }} TODO</p>")
    (folder / "card.html").write_text("<p>{{ paper.title }} TODO {{ reason }}</p>")
    other = build_app(
        replace(app.settings, **{"templates": folder.parent}),
        clock=app.clock,
        database=app.database,
    )
    with pytest.raises(BlockedError, match="TODO"):
        local.send(other, DAY)
    report = local.send(other, DAY, force=True)
    assert report.states == {"sent": 1}
    assert any("TODO" in each.what for each in report.findings)
    assert held(app) is None


def test_a_dry_run_tells_and_holds_nothing(app, broken):
    findings = broken.checks.preflight(everything=True).check(broken.editions.foresee(DAY).edition)
    assert "digest/more.txt" in findings[0].what
    report = app.delivery.rehearse(DAY, show=lambda *_: None)
    assert {each.level for each in report.findings} <= {"warning"}
    assert not report.troubled
    report.findings = findings
    assert report.troubled


def test_the_other_mails_are_looked_at_too(app, tmp_path):
    own = tmp_path / "templates"
    empty_day, look = own / "empty_day", own / "look"
    empty_day.mkdir(parents=True)
    look.mkdir()
    (empty_day / "body.txt").write_text(
        "{{ sentence }}\n{{ address }}\n{{ postal_address | join }}"
    )
    (look / "message.txt").write_text("{% block text %}{% endblock %}\nTODO\n")
    other = build_app(
        replace(app.settings, **{"templates": own}), clock=app.clock, database=app.database
    )
    found = {
        finding.what: finding.where
        for finding in other.checks.preflight(everything=True).check(make_edition())
    }
    assert found["the text part has no way to unsubscribe"].startswith("empty day")
    assert any("TODO" in what and where.startswith("confirm") for what, where in found.items())
