import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError, NotFoundError
from digest.ground.shipped import catalogue_file
from digest.topics.catalogue import PHRASE_KINDS
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.catalogue_text import (
    WrittenTopic,
    changed_phrases,
    read_topic,
    with_topic,
    written_topic,
    written_topics,
)
from tests.topics.test_catalogue_file import SMALL

TEXT = SMALL.decode()
TYPED = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def test_a_topic_is_read_as_it_was_typed():
    found = written_topic(TEXT, "bees")
    assert (found.name, found.group) == ("Bees & hives", "Animals")
    assert found.phrases == {
        "title": ["honey"],
        "sure": ["beekeeping", "bee hives"],
        "hint": ["pollen"],
        "except": ["spelling bee"],
    }
    assert written_topic(TEXT, "maths").phrases["hint"] == []
    with pytest.raises(NotFoundError):
        written_topic(TEXT, "birds")


def test_a_topic_is_written_back_and_the_rest_stays_as_it_is():
    changed = changed_phrases(
        written_topic(TEXT, "bees"), [("sure", "swarm")], [("sure", "bee hives")]
    )
    found = with_topic(TEXT, changed)
    assert written_topic(found, "bees") == changed
    assert found.startswith(TEXT[: TEXT.index("[[topic]]")])
    assert found.endswith(TEXT[TEXT.index('[[topic]]\nslug = "maths"') :])


def test_comments_between_topics_stay():
    text = TEXT.replace('[[topic]]\nslug = "maths"', '# of numbers\n[[topic]]\nslug = "maths"')
    found = with_topic(text, written_topic(text, "bees"))
    assert '\n\n# of numbers\n[[topic]]\nslug = "maths"' in found


def test_shipped_topics_come_back_as_they_were():
    text = catalogue_file().read_text("utf-8")
    before = parse_catalogue(text.encode())
    for topic in [*written_topics(text).values()][::11]:
        text = with_topic(text, topic)
    assert parse_catalogue(text.encode()) == before


@given(st.dictionaries(st.sampled_from(PHRASE_KINDS), st.lists(TYPED, max_size=8)), TYPED)
def test_whatever_is_typed_is_written_so_that_it_is_read_again(phrases, name):
    topic = WrittenTopic("maths", name, "Thinking", "Numbers", phrases)
    found = written_topic(with_topic(TEXT, topic), "maths")
    assert found.name == name
    assert {kind: list(listed) for kind, listed in found.phrases.items() if listed} == {
        kind: listed for kind, listed in phrases.items() if listed
    }


def test_a_phrase_that_is_not_there_cannot_be_removed():
    topic = written_topic(TEXT, "bees")
    with pytest.raises(InputError, match=r"'a' in sure\.\nTopic 'bees' has no phrase 'b'"):
        changed_phrases(topic, removed=[("sure", "a"), ("hint", "b")])


def test_mistakes_of_a_topic_are_all_named():
    topic = WrittenTopic("bees", "", "Animals", "Keeping bees", {"hint": ["a + b", "!"]})
    with pytest.raises(InputError) as caught:
        read_topic(topic)
    for part in ("name must be", "without +", "has no word", "at least one phrase"):
        assert part in str(caught.value)


def test_a_topic_that_cannot_be_told_from_its_surroundings_is_not_written():
    text = 'topic = [{slug = "bees", name = "Bees", description = "x", sure = ["bee"]}]\n'
    with pytest.raises(InputError, match="cannot be told"):
        with_topic(text, written_topic(text, "bees"))
    text = TEXT.replace('"Numbers"', '"""\nNumbers\n[[topic]]\n"""')
    found = with_topic(text, written_topic(text, "bees"))
    assert tomllib.loads(found)["topic"][1] == tomllib.loads(text)["topic"][1]
