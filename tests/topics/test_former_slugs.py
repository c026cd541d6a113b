from digest.topics.former_slugs import FORMER_SLUGS, all_current, current, replaced


def test_every_former_slug_leads_to_topics_of_the_catalogue(files):
    known = set(files.topic_names)
    assert all(current(slug, known) for slug in FORMER_SLUGS)
    assert {new for several in FORMER_SLUGS.values() for new in several} <= known


def test_a_slug_that_is_known_stands_for_itself():
    assert current("code", {"code", "coding"}) == ("code",)
    assert current("code", {"coding"}) == ("coding",)
    assert current("astrology", {"coding"}) == ()


def test_each_topic_is_there_once():
    known = {"science", "health", "coding"}
    assert all_current(["science-health", "health", "x"], known) == ["science", "health"]


def test_what_was_replaced_is_said():
    known = {"science", "health", "coding"}
    assert replaced(["science-health", "coding"], known) == [
        "topic 'science-health' is now 'science' and 'health'"
    ]
