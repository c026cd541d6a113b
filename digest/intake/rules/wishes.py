"""What the commands of a reply make of a reader's preferences."""

from collections.abc import Mapping, Sequence
from typing import Any

from digest.errors import InputError
from digest.ground.languages.marking import N_
from digest.model import Preferences
from digest.replies.commands import Command, Kind
from digest.subscribers.rules.preferences import update_preferences
from digest.subscribers.rules.vocabulary import Vocabulary

NOT_FOLLOWED = N_("You do not follow one of these topics or interests.")
NOT_MUTED = N_("You do not mute one of these phrases.")
_FIELDS = {  # of the commands whose value is that of a field
    Kind.CADENCE: "cadence",
    Kind.WEEKDAY: "weekday",
    Kind.HOUR: "hour",
    Kind.PAPERS: "max_papers",
    Kind.LAYOUT: "layout",
    Kind.LANGUAGE: "language",
}


def wished(
    before: Preferences,
    commands: Sequence[Command],
    topics: Mapping[str, str],
    vocabulary: Vocabulary,
) -> Preferences:
    """Return the preferences after the commands; those that are about something else are ignored.

    topics: slugs by their names and themselves in small letters. InputError for what is not
    followed or muted, PreferencesError (one, too) for what the fields do not take.
    """
    given: dict[str, Any] = {}
    lists = _Lists(before)
    for command in commands:
        word = str(command.value)
        match command.kind:
            case kind if kind in _FIELDS:
                given[_FIELDS[kind]] = command.value
            case Kind.MUTE:
                lists.muted = _with(lists.muted, word)
            case Kind.UNMUTE:
                lists.muted = _without(lists.muted, word, NOT_MUTED)
            case Kind.FOLLOW:
                lists.follow(word, topics.get(word.casefold()))
            case Kind.UNFOLLOW:
                lists.unfollow(word, topics.get(word.casefold()))
    given |= {name: value for name, value in lists.plain().items() if value != _plain(before)[name]}
    return update_preferences(before, given, vocabulary)


class _Lists:
    """What is followed and muted, while commands change it."""

    def __init__(self, before: Preferences) -> None:
        self.topics = dict(before.topics)
        self.interests, self.muted = before.interests, before.muted

    def follow(self, phrase: str, slug: str | None) -> None:
        if slug is None:
            self.interests = _with(self.interests, phrase)
        else:
            self.topics.setdefault(slug, 1.0)

    def unfollow(self, phrase: str, slug: str | None) -> None:
        if slug in self.topics:
            del self.topics[slug]
        else:
            self.interests = _without(self.interests, phrase, NOT_FOLLOWED)

    def plain(self) -> dict[str, Any]:
        return {
            "topics": self.topics,
            "interests": list(self.interests),
            "muted": list(self.muted),
        }


def _plain(before: Preferences) -> dict[str, Any]:
    return _Lists(before).plain()


def _with(phrases: tuple[str, ...], phrase: str) -> tuple[str, ...]:
    known = phrase.casefold() in map(str.casefold, phrases)
    return phrases if known else (*phrases, phrase)


def _without(phrases: tuple[str, ...], phrase: str, refusal: str) -> tuple[str, ...]:
    left = tuple(each for each in phrases if each.casefold() != phrase.casefold())
    if left == phrases:
        raise InputError(refusal)
    return left
