import pytest

from digest.errors import InputError
from digest.ground.shipped import catalogue_file
from digest.topics.catalogue_file import parse_catalogue

SMALL = b"""
home = ["flowers", "bees"]

[[topic]]
slug = "bees"
name = "Bees & hives"
group = "Animals"
description = "Keeping bees"
title = ["honey"]
sure = ["beekeeping", "bee hives"]
hint = ["pollen"]
except = ["spelling bee"]

[[topic]]
slug = "maths"
name = "Mathematics"
group = "Thinking"
description = "Numbers"
sure = ["number theory"]
"""


@pytest.fixture(scope="module")
def small():
    return parse_catalogue(SMALL)


@pytest.fixture(scope="module")
def shipped():
    return parse_catalogue(catalogue_file().read_bytes())


def test_topics_come_in_the_order_of_the_file(small):
    assert [topic.slug for topic in small.topics] == ["bees", "maths"]
    assert small.topics[0].name == "Bees & hives"


def test_topics_are_listed_by_group(small):
    groups = {name: [one.slug for one in topics] for name, topics in small.groups().items()}
    assert groups == {"Animals": ["bees"], "Thinking": ["maths"]}


def test_phrases_are_compared_as_singular_words(small):
    assert small.topics[0].phrases[("bee", "hive")] == {"sure"}
    assert small.home == {("flower",), ("bee",)}


def test_a_file_from_before_there_were_groups_is_still_read():
    old = b"""
families = [["bees", "apiary"]]

[[topic]]
slug = "bees"
name = "Bees"
description = "Keeping bees"
strong = ["bee"]
medium = ["pollen"]
weak = ["flower"]
"""
    (topic,) = parse_catalogue(old).topics
    assert topic.group == "More topics"
    assert topic.phrases == {("bee",): {"sure"}, ("pollen",): {"hint"}, ("flower",): {"hint"}}


def test_every_mistake_is_reported_with_its_topic():
    bad = b"""
colour = "red"
[[topic]]
slug = "Bees"
name = ""
description = "x"
sure = ["..."]
group = 3
[[topic]]
slug = "b"
name = "B"
description = "x"
sure = "bee"
hint = ["release + swarm"]
stron = []
[[topic]]
slug = "c"
name = "C"
description = "x"
sure = ["c"]
[[topic]]
slug = "c"
name = "C"
description = "x"
sure = ["c"]
[[topic]]
"""
    with pytest.raises(InputError) as caught:
        parse_catalogue(bad)
    message = str(caught.value)
    for part in (
        "unknown entry 'colour'",
        "topic 'Bees': name must be one line",
        "topic 'Bees': the slug may have small letters",
        "topic 'Bees': group must be one line",
        "topic 'Bees': sure: '...' has no word",
        "topic 'b': sure must be a list of phrases",
        "topic 'b': hint: 'release + swarm': write a phrase as it stands in a text",
        "topic 'b': unknown entry 'stron'",
        "topic 'c': the slug is used twice",
        "topic number 5: slug must be one line",
        "topic number 5: it needs at least one phrase",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "not valid TOML"),
        (b"topic = [", "not valid TOML"),
        (b"", "no [[topic]]"),
        (b"topic = 3", "written as"),
        (b"home = 3", "home must be a list"),
    ],
)
def test_what_is_no_catalogue_is_refused(data, reason):
    with pytest.raises(InputError) as caught:
        parse_catalogue(data)
    assert reason in str(caught.value)


def test_the_shipped_catalogue_has_45_topics_in_nine_groups(shipped):
    assert len(shipped.topics) == 45
    assert [len(topics) for topics in shipped.groups().values()] == [14, 6, 8, 2, 3, 4, 4, 3, 1]
    assert all(topic.name and topic.description for topic in shipped.topics)
