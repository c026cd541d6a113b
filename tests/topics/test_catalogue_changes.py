from dataclasses import replace

from digest.topics.catalogue_changes import compare
from digest.topics.catalogue_file import parse_catalogue
from tests.topics.test_catalogue_file import SMALL

BEFORE = parse_catalogue(SMALL)


def test_the_same_catalogue_has_no_changes():
    changes = compare(BEFORE, parse_catalogue(SMALL))
    assert not changes
    assert changes.lines() == []


def test_every_kind_of_change_is_said():
    text = SMALL.decode()
    text = text.replace('"flowers", ', '"hives", ').replace("Keeping bees", "All of bees")
    text = text.replace('"bee hives"', '"swarms"').replace('slug = "maths"', 'slug = "numbers"')
    changes = compare(BEFORE, parse_catalogue(text.encode()))
    assert changes.lines() == [
        "+ topic numbers",
        "- topic maths",
        "bees: description: 'Keeping bees' -> 'All of bees'",
        "bees: sure: - bee hive",
        "bees: sure: + swarm",
        "home: - flower",
        "home: + hive",
    ]
    assert changes.to_json()["changed"][0]["removed"] == {"sure": ["bee hive"]}


def test_another_order_is_a_change():
    changes = compare(BEFORE, replace(BEFORE, topics=BEFORE.topics[::-1]))
    assert changes.lines() == ["topics stand in another order"]
