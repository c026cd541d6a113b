"""Every process goes by the version of the catalogue that is in force; both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.app import App, build_app
from digest.catalogues.renewing import SECOND_LOOK
from digest.catalogues.saving import Author
from digest.errors import NotFoundError
from digest.papers import ingest
from digest.scheduler import tasks
from digest.workers import local
from tests.dumps import make_dump
from tests.factories import DAY

ANN = Author("ann", "a reason")
NAMED = ("Speech recognition & synthesis", "Everything spoken")


def text_of(app: App) -> str:
    return app.topics.in_force.data.decode()


def renamed(app: App) -> str:
    """The catalogue in force with another name for speech, and one more phrase."""
    name = app.topics.in_force.topic_names["speech"]
    changed = text_of(app).replace(f'name = "{name}"', f'name = "{NAMED[1]}"')
    assert changed != text_of(app)
    return changed


@pytest.fixture
def other(app, files):
    """Another machine with the same database."""
    found = build_app(app.settings, clock=app.clock, files=files)
    yield found
    found.close()


def test_another_machine_goes_by_a_version_at_its_next_look(app, other):
    before = other.topics.in_force.topic_names["speech"]
    mails, opt_in = other.transactional.mails, other.opt_in
    assert app.topics.save(renamed(app), ANN, based_on=0).number == 1
    assert other.topics.in_force.topic_names["speech"] == before  # until it looks
    other.look_at_catalogue()
    assert other.topics.in_force.number == 1
    assert other.topics.in_force.topic_names["speech"] == NAMED[1]
    assert other.transactional.mails is not mails
    assert other.transactional.mails.topic_names["speech"] == NAMED[1]
    assert other.opt_in is not opt_in
    same = other.opt_in
    other.look_at_catalogue()
    assert other.opt_in is same  # nothing is made anew without need


def test_a_topic_that_is_added_can_be_followed_and_is_found(app, other):
    added = """
[[topic]]
slug = "made-up"
name = "Made up"
group = "Any field"
description = "All of it"
sure = ["made-up", "study"]
title = ["a"]
"""
    other.topics.in_force.vocabulary  # noqa: B018 -- seen before the change
    app.topics.save(text_of(app) + added, ANN)
    other.look_at_catalogue()
    assert "made-up" in other.topics.in_force.vocabulary.topics
    assert "made-up" in other.topics.classify("A study of a study", "We study a made-up study.")
    assert "made-up" not in app.files.vocabulary.topics


def test_taking_back_brings_the_file_again(app, other):
    before = text_of(app)
    app.topics.save(renamed(app), ANN)
    app.topics.take_back(1, ANN)
    assert app.topics.in_force.number == 2
    assert text_of(app) == before
    assert other.topics.in_force.classifier is other.files.classifier
    assert other.topics.of(1).topic_names["speech"] == NAMED[1]
    with pytest.raises(NotFoundError):
        other.topics.of(7)


def test_an_edition_that_is_open_keeps_its_catalogue_and_its_mails(app, subscribe):
    subscribe("ann", "bob", topics="speech")
    assert local.send(app, DAY).states == {"sent": 2}
    edition = app.editions.find(DAY)
    composed = app.composing.renderer_set(edition.edition)
    assert composed is not None
    app.topics.save(renamed(app), ANN)
    app.look_at_catalogue()
    found = app.seals.verify(DAY, mails=True)
    assert (found.problems, found.remarks, found.mails) == ([], [], 2)
    assert app.editions.find(DAY).edition.catalogue_version == 0
    assert app.editions.find(DAY).edition.candidates == edition.edition.candidates


def test_the_next_edition_is_by_the_version_in_force_and_verifies(
    app, other, subscribe, tmp_path, sink
):
    subscribe("ann", topics="speech")
    app.topics.save(renamed(app), ANN)
    assert local.send(other, DAY).states == {"sent": 1}
    assert other.editions.find(DAY).edition.catalogue_version == 1
    assert NAMED[1].encode() in sink.messages[-1].data
    app.topics.take_back(1, ANN)
    app.look_at_catalogue()
    found = app.seals.verify(DAY, mails=True)
    assert (found.problems, found.remarks, found.mails) == ([], [], 1)
    later = DAY + timedelta(days=1)
    dump = tmp_path / "dump.txt"
    dump.write_text(make_dump(20, later), encoding="utf-8")
    now = app.clock() + timedelta(days=1)
    ingest.ingest(app.database, [dump], now=now, given=later, classify=app.topics.classify)
    app.clock.now = now
    assert app.editions.open(later).edition.catalogue_version == 2


def test_a_seal_notices_that_the_file_was_changed(app, subscribe, tmp_path):
    own = tmp_path / "own.toml"
    own.write_bytes(app.files.catalogue_data)
    settings = replace(app.settings, **{"catalogue": own})
    service = build_app(settings, clock=app.clock, database=app.database)
    subscribe("ann")
    local.send(service, DAY)
    own.write_bytes(app.files.catalogue_data + b"\n# changed\n")
    again = build_app(settings, clock=app.clock, database=app.database)
    assert again.seals.verify(DAY, mails=True).changed_settings == ["catalogue"]
    assert not again.topics.is_file_changed()  # the file itself is in force


def test_a_changed_file_is_noticed_when_a_version_is_in_force(app, tmp_path):
    app.topics.save(renamed(app), ANN)
    assert not app.topics.is_file_changed()
    own = tmp_path / "own.toml"
    own.write_bytes(app.files.catalogue_data + b"\n# changed\n")
    settings = replace(app.settings, **{"catalogue": own})
    upgraded = build_app(settings, clock=app.clock, database=app.database)
    assert upgraded.topics.in_force.number == 1
    assert upgraded.topics.is_file_changed()
    upgraded.topics.save(text_of(upgraded), ANN)  # looked at, and kept as it is
    assert not upgraded.topics.is_file_changed()


def test_the_scheduler_classifies_by_a_new_version(app, other, clock):
    assert tasks.topics(app, lambda: False)["counted"]
    other.topics.save(renamed(other), ANN)
    app.look_at_catalogue()
    report = tasks.topics(app, lambda: False)
    assert report["classified"] == 30
    assert tasks.topics(app, lambda: False) is None
    clock.now += SECOND_LOOK
    assert tasks.topics(app, lambda: False)["classified"] == 30


def test_a_change_is_tried_without_saving_it(app):
    trial = app.topics.try_text(text_of(app))
    assert (trial.papers, trial.caught, trial.lost) == (30, (), ())
    speech = app.topics.in_force.topic("speech")
    phrases = {**speech.phrases, "title": ["a", "the", "with", "for"]}
    tried = app.topics.try_topic(type(speech)("speech", "S", "G", "D", phrases))
    assert tried.papers == 30
    assert app.topics.in_force.number == 0
