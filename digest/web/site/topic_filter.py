"""Narrow a list of papers down to one topic: with a form that needs no script."""

from collections import Counter
from collections.abc import Sequence

from digest.errors import NotFoundError
from digest.ground.languages.language import N_
from digest.model import Candidate
from digest.topics.catalogue import Topic
from digest.topics.former_slugs import all_current, current
from digest.web.site.view import Site

NO_TOPIC = N_("There is no such topic.")


def chosen(site: Site, slug: str) -> str:
    """Return the topic that a slug of an address stands for, "" for none.

    NotFoundError for a slug that there never was.
    """
    found = current(slug, site.topic_names)
    if slug and not found:
        raise NotFoundError(NO_TOPIC)
    return found[0] if slug else ""


def having(site: Site, candidates: Sequence[Candidate], slug: str) -> Sequence[Candidate]:
    """Return the candidates of a topic, in their order; all of them for ""."""
    if not slug:
        return candidates
    return [each for each in candidates if slug in all_current(each.paper.topics, site.topic_names)]


def offered(site: Site, candidates: Sequence[Candidate]) -> dict[str, list[tuple[Topic, int]]]:
    """Return the topics of these candidates by group, with how many of them each has."""
    counts = Counter(
        slug for each in candidates for slug in all_current(each.paper.topics, site.topic_names)
    )
    found = {
        group: [(topic, counts[topic.slug]) for topic in topics if counts[topic.slug]]
        for group, topics in site.app.topics.in_force.catalogue.groups().items()
    }
    return {group: topics for group, topics in found.items() if topics}
