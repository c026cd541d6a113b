"""Trying a change gives the same answer as classifying every paper anew."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.topics.catalogue import PHRASE_KINDS, Catalogue, Topic
from digest.topics.catalogue_text import changed_phrases, read_topic, written_topic
from digest.topics.classifier import Classifier
from digest.topics.trying import PaperSet, judge_again, read_paper
from digest.topics.weights import Weights
from tests.dumps import make_dump
from tests.factories import DAY

WORDS = ("bee", "hive", "swarm", "number", "theory", "prime", "pollen", "tower")
SLUGS = ("bees", "maths", "chess", "roofs", "tea", "rain", "sand")
# Two topics with weights; the others go by their phrases alone.
WEIGHTS = Weights(20, {"bees": (-50, 90), "maths": (10, 120)}, {"hive": (0, 80, 1, -60)})

key = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple)
kinds = st.sets(st.sampled_from(PHRASE_KINDS), min_size=1, max_size=2).map(frozenset)
phrases = st.dictionaries(key, kinds, max_size=4).map(
    lambda found: found | {("bee", "tower"): frozenset({"sure"})}
)
topics = st.builds(Topic, st.sampled_from(SLUGS), st.just("n"), st.just("g"), st.just("d"), phrases)
catalogues = st.builds(
    Catalogue,
    st.lists(topics, min_size=1, max_size=7, unique_by=lambda one: one.slug).map(tuple),
    st.frozensets(key, max_size=2),
)
text = st.lists(st.sampled_from((*WORDS, "we show", ".")), min_size=1, max_size=12).map(" ".join)
papers = st.lists(st.tuples(text, text), max_size=6)


@given(catalogues, catalogues, papers)
def test_it_equals_classifying_all_anew(before, after, texts):
    old, new = Classifier(before, WEIGHTS), Classifier(after, WEIGHTS)
    read = [read_paper(old, number, *both) for number, both in enumerate(texts)]
    trial = PaperSet(old, read).try_catalogue(after)
    had = [set(old.classify(*both)) for both in texts]
    has = [set(new.classify(*both)) for both in texts]
    gained = {(n, slug) for n in range(len(texts)) for slug in has[n] - had[n]}
    gone = {(n, slug) for n in range(len(texts)) for slug in had[n] - has[n]}
    assert {(one.paper_id, one.topic) for one in trial.caught} == gained
    assert {(one.paper_id, one.topic) for one in trial.lost} == gone
    assert trial.topicless == (sum(not one for one in had), sum(not one for one in has))
    for one in trial.caught:
        assert one.confidence == new.classify(*texts[one.paper_id])[one.topic]
    for one in trial.lost:
        assert one.confidence == old.classify(*texts[one.paper_id])[one.topic]


@given(catalogues, catalogues, papers)
def test_a_paper_that_was_read_by_one_catalogue_is_judged_by_another(before, after, texts):
    old, new = Classifier(before, WEIGHTS), Classifier(after, WEIGHTS)
    for number, both in enumerate(texts):
        again = judge_again(new, read_paper(old, number, *both))
        assert again == read_paper(new, number, *both)
        assert new.judge_read(again.paper) == new.judge(*both)


def test_a_changed_shipped_topic_is_tried_like_a_whole_catalogue(files):
    lines = [line for line in make_dump(60, DAY).splitlines() if line.strip()]
    texts = list(zip(lines[::2], lines[1::2], strict=False))
    classifier = files.classifier
    found = PaperSet(classifier, [read_paper(classifier, n, *both) for n, both in enumerate(texts)])
    written = written_topic(files.catalogue_data.decode(), "speech")
    changed = read_topic(changed_phrases(written, [("sure", "study")], []))
    every = tuple(changed if one.slug == "speech" else one for one in files.catalogue.topics)
    after = replace(files.catalogue, topics=every)
    trial, new = found.try_catalogue(after), files.classifier_of(after)
    assert trial.papers == len(texts)
    gained = {
        (n, slug)
        for n, both in enumerate(texts)
        for slug in new.classify(*both).keys() - classifier.classify(*both).keys()
    }
    assert {(one.paper_id, one.topic) for one in trial.caught} == gained


def test_the_phrase_that_made_it_is_named():
    before = Catalogue((Topic("bees", "n", "g", "d", {("bee", "tower"): frozenset({"sure"})}),))
    extra = {("swarm",): frozenset({"sure"}), ("pollen",): frozenset({"hint"})}
    topic = replace(before.topics[0], phrases={**before.topics[0].phrases, **extra})
    after = replace(before, topics=(topic,))
    classifier = Classifier(before)
    paper = read_paper(classifier, 7, "Pollen of a swarm", "We show a swarm. Pollen is there.")
    trial = PaperSet(classifier, [paper]).try_catalogue(after)
    (one,) = trial.caught
    assert (one.paper_id, one.title, one.topic) == (7, "Pollen of a swarm", "bees")
    assert one.phrases == ("swarm", "pollen")
    assert (trial.lost, trial.unchanged, trial.topicless) == ((), 0, (1, 0))
    back = PaperSet(Classifier(after), [judge_again(Classifier(after), paper)])
    assert back.try_catalogue(before).lost[0].phrases == ("swarm", "pollen")
