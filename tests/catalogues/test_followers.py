from datetime import timedelta

from digest.catalogues import followers
from digest.catalogues.store import followers as store
from digest.model import SubscriberState
from digest.subscribers.store import subscribers
from tests.factories import NOON, make_preferences

TOPICS = ["speech", "rl", "data"]


def add(database, name, state, **topics):
    with database.write() as session:
        reader = (f"{name}@example.org", "", make_preferences(topics=topics))
        subscribers.add_all(session, [reader], state=state, now=NOON)


def kept(database):
    with database.read() as session:
        return store.kept(session)


def test_active_readers_are_counted_once_an_hour(database):
    assert kept(database) == ({}, None)
    add(database, "ann", SubscriberState.ACTIVE, speech=1, rl=2)
    add(database, "bob", SubscriberState.ACTIVE, speech=1)
    add(database, "cyd", SubscriberState.PAUSED, speech=1)
    assert followers.count_followers(database, TOPICS, NOON)
    assert kept(database) == ({"speech": 2, "rl": 1, "data": 0}, NOON)
    add(database, "dan", SubscriberState.ACTIVE, rl=1)
    soon = NOON + timedelta(minutes=59)
    assert not followers.count_followers(database, TOPICS, soon)
    assert followers.count_followers(database, TOPICS, NOON + timedelta(hours=1))
    assert kept(database)[0] == {"speech": 2, "rl": 2, "data": 0}


def test_who_follows_one_topic_is_told_from_one_with_a_longer_slug(database):
    add(database, "ann", SubscriberState.ACTIVE, **{"video-generation": 1})
    with database.read() as session:
        assert store.following(session, "video-generation") == 1
        assert store.following(session, "video") == 0
        assert store.following(session, "video_generation") == 0
