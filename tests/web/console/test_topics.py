"""Topics: the list, papers without one, trying and saving phrases, versions and taking back."""

import re
import time

import pytest

from digest.accounts import audit
from digest.catalogues import followers
from digest.catalogues.saving import Author
from digest.model import Role

ANN = Author("ann", "a reason")


def count(app):
    followers.count_followers(app.database, app.topics.in_force.topic_names, app.clock())


def fields_of(app, slug, **changed):
    """The form of a topic as its page has it."""
    written = app.topics.in_force.topic(slug)
    phrases = {kind: "\n".join(listed) for kind, listed in written.phrases.items()}
    texts = {"name": written.name, "group": written.group, "description": written.description}
    number = app.topics.in_force.number
    return {"based_on": number, "why": "it was missed", **texts, **phrases, **changed}


def test_topics_are_listed_with_papers_and_readers(app, signed_in, subscribe):
    subscribe("ann", "bob", topics="speech")
    hand = signed_in(Role.VIEWER)
    assert "Readers are counted by the scheduler" in hand.see("/topics")
    count(app)
    page = hand.see("/topics")
    row = re.search(r'/topics/of/speech">.*?</tr>', page, re.DOTALL)[0]
    assert re.findall(r'figure">(\d+)', row)[1] == "2"
    assert "The catalogue file is in force." in page
    assert "Active readers were counted at" in page


def test_papers_without_a_topic_say_which_was_nearest(app, signed_in):
    hand = signed_in(Role.VIEWER)
    with app.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM paper_topics")
    assert "30 papers without a topic" in hand.see("/topics")
    first, second = hand.see("/topics/without"), hand.see("/topics/without?page=2")
    assert first.count('href="/papers/') == 25
    assert second.count('href="/papers/') == 5
    assert "/topics/of/" in first or "No phrase of any topic" in first


def test_a_change_is_tried_without_being_saved(app, signed_in):
    hand = signed_in(Role.VIEWER)
    page = hand.see("/topics/of/speech")
    assert "Count as sure, but only in a title" in page
    assert "Save a version" not in page
    title = "a\nthe\nwith\nfor\nof"
    fields = fields_of(app, "speech", sure=title, title=title)
    page = hand.send_form("/topics/of/speech/try", 200, **fields).text
    assert "Of 30 papers of the last 30 days it would catch" in page
    assert "Nothing is saved" in page
    assert app.topics.in_force.number == 0
    hand.send_form("/topics/of/speech", 403, **fields)
    hand.see("/topics/of/nothing", 404)
    hand.send_form("/topics/of/nothing/try", 404, **fields)


def test_a_version_is_saved_shown_and_taken_back(app, signed_in):
    hand = signed_in(Role.EDITOR)
    hand.see("/topics/of/speech")
    fields = fields_of(app, "speech", name="Everything spoken")
    hand.send_form("/topics/of/speech", **fields)
    assert app.topics.in_force.number == 1
    page = hand.see("/topics/of/speech?done=saved")
    assert "As of version 1 of the catalogue" in page
    assert "The version is saved and in force" in page
    assert "Everything spoken" in hand.get("/topics").text  # on the public pages too
    page = hand.see("/topics")
    assert "0 of 30" in page
    app.topics.renew()
    assert "0 of 30" not in hand.see("/topics")
    listed = hand.see("/topics/versions")
    assert "it was missed" in listed
    assert "editor@example.org" in listed
    shown = hand.see("/topics/versions/1")
    assert "speech: name:" in shown
    assert "Nothing that counts differs" in hand.see("/topics/versions/1?against=1")
    assert "Say in 1 to" in hand.send_form("/topics/versions/1/take-back", 422, why="").text
    hand.send_form("/topics/versions/1/take-back", why="too much")
    assert app.topics.in_force.topic_names == app.files.topic_names
    assert "Takes back version 1" in hand.see("/topics/versions")
    actions = [each.action for each in audit.entries(app.database)]
    assert actions[0] == "topics.take-back"
    assert actions[-1] == "topics.save"
    signed_in(Role.VIEWER).send_form("/topics/versions/1/take-back", 403, why="x")


def test_mistakes_are_all_named_and_what_was_typed_stays(app, signed_in):
    hand = signed_in(Role.EDITOR)
    hand.see("/topics/of/speech")
    wrong = fields_of(app, "speech", sure="fine phrase\na + b\n!", description="")
    for path in ("/topics/of/speech/try", "/topics/of/speech"):
        page = hand.send_form(path, 422, **wrong).text
        for part in ("description must be", "without +", "has no word", "fine phrase"):
            assert part in page
    assert (
        "Say in 1 to"
        in hand.send_form(
            "/topics/of/speech", 422, **fields_of(app, "speech", name="New", why=" ")
        ).text
    )
    assert (
        "The topic is as it was"
        in hand.send_form(
            "/topics/of/speech", 422, **fields_of(app, "speech", based_on="9" * 5000)
        ).text
    )
    app.topics.save(app.topics.in_force.data.decode() + "\n# more\n", ANN)
    stale = fields_of(app, "speech", name="New", based_on=0)
    page = hand.send_form("/topics/of/speech", 422, **stale).text
    assert "Version 1 of the catalogue was saved meanwhile" in page
    for path in ("versions/7", "versions/7?against=0", "versions/1?against=7"):
        hand.see(f"/topics/{path}", 404)
    hand.see("/topics/versions/99999999999", 422)


def test_running_pages_take_up_a_version_of_another_machine(app, signed_in, files):
    from digest.app import build_app

    other = build_app(app.settings, clock=app.clock, files=files)
    hand = signed_in(Role.VIEWER)
    name = other.topics.in_force.topic_names["speech"]
    text = other.topics.in_force.data.decode().replace(f'"{name}"', '"Everything spoken"')
    other.topics.save(text, ANN)
    other.close()
    until = time.monotonic() + 20
    while "Everything spoken" not in hand.see("/topics"):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert "Everything spoken" in hand.get("/topics").text


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_changed_file_is_shown_and_kept_beside_the_version(app, signed_in):
    hand = signed_in(Role.EDITOR)
    app.topics.save(app.topics.in_force.data.decode() + "\n# more\n", ANN)
    with app.database.write() as session:
        session.connection().exec_driver_sql("UPDATE catalogue_versions SET file_hash = 'old'")
    assert "The catalogue file was changed since version 1" in hand.see("/topics")
    assert "Keep version 1" in hand.see("/topics/versions")
    hand.send_form("/topics/keep", 422, version=9)
    hand.send_form("/topics/keep", version=1)
    assert "The catalogue file was changed" not in hand.see("/topics")
    assert app.topics.in_force.number == 2
