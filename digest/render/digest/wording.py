"""Write the sentences of the mail that are put together in code.

A text that differs from reader to reader is *personal*. It is never longer than its entry in
LONGEST, and never empty, so that templates need not ask.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.text.tex import readable
from digest.model import Cadence, DeliverySchedule, Reason, ReasonKind, Trend
from digest.render.digest.standing import standing
from digest.topics.former_slugs import FORMER_NAMES

_PHRASE = 60  # characters of a topic's name or of a reader's phrase
_SHORT_TITLE = 55  # characters
_TOPICS_LINE = 240
_NOTHING_LINE = 200
_SAYS = 30  # characters of the words around what was found
_MOST_SAID = 2  # words that were found, beside the reason itself
_HERE = "\N{REPLACEMENT CHARACTER}"  # in a sentence that is made once; no text has it
_NAMES_CACHED = 1024  # of topics, as they are shown in a language
LONGEST: Mapping[str, int] = {  # characters of each personal text
    "subject": 110,
    "preview": 90,
    "heading": 60,
    "picked": 80,
    "topics": _TOPICS_LINE + _NOTHING_LINE,
    "schedule": 80,
    "address": 100,
    "archive": 20,
    "reason": 160,
    "facts": 200,
    "title": 75,
    "rest": 30,
}


def long_date(day: date, language: Language = ENGLISH) -> str:
    """Return, for example, "Friday, 21 November 2026"."""
    return language.long_date(day)


def short_date(day: date, language: Language = ENGLISH) -> str:
    """Return, for example, "21 Nov"."""
    return language.short_date(day)


def count_text(count: int, language: Language = ENGLISH) -> str:
    """Return "1 paper", "7 papers"."""
    return language.ngettext("%(count)s paper", "%(count)s papers", count)


def rest_text(count: int, language: Language = ENGLISH) -> str:
    """Return "1 more paper", "7 more papers"."""
    return language.ngettext("%(count)s more paper", "%(count)s more papers", count)


def topic_name(slug: str, topic_names: Mapping[str, str], language: Language = ENGLISH) -> str:
    """Return the name of a topic; of one that is in no catalogue any more the former, or the slug.

    Reasons and editions keep the topics that they were made with.
    """
    return _shown_name(topic_names.get(slug) or FORMER_NAMES.get(slug, slug), language)


@lru_cache(_NAMES_CACHED)
def _shown_name(name: str, language: Language) -> str:
    shown = shorten(clean(language.name_of(name)), _PHRASE)
    return shown or language.gettext("a topic without a name")


def phrase(text: str, language: Language = ENGLISH) -> str:
    """Return a reader's own phrase as it is shown."""
    return shorten(clean(text), _PHRASE) or language.gettext("your interest")


def short_title(title: str, language: Language = ENGLISH) -> str:
    """Return what people call a paper: the name before the colon, else the title, shortened."""
    known = clean(readable(title))
    name, colon, _ = known.partition(":")
    short = shorten(name.strip() if colon else known, _SHORT_TITLE)
    return short or language.gettext("a paper")


def reason_text(
    reason: Reason,
    topic_names: Mapping[str, str],
    language: Language = ENGLISH,
    found: Sequence[str] = (),
) -> str:
    """Return why a paper was picked, in words for the reader.

    found: words in the paper that speak for it.
    """
    say = language
    match reason.kind:
        case ReasonKind.TOPIC | ReasonKind.INTEREST if found:
            return _says(found, language)
        case ReasonKind.TOPIC:
            topic = topic_name(reason.subject, topic_names, language)
            return say.gettext("You follow %(topic)s", topic=topic)
        case ReasonKind.INTEREST:
            return say.gettext("Matches “%(phrase)s”", phrase=phrase(reason.subject, language))
        case ReasonKind.TRENDING if reason.subject:
            return say.gettext("Trending, in the order of your votes")
        case ReasonKind.TRENDING:
            return say.gettext("Trending now across all topics")
        case ReasonKind.EDITORS:
            return say.gettext("Chosen by the editors")
        case ReasonKind.LIKED:
            title = short_title(reason.subject, language)
            return say.gettext("Similar to %(title)s, which you liked", title=title)
        case _:  # from outside
            topic = topic_name(reason.subject, topic_names, language)
            return say.gettext("From %(topic)s, which you do not follow", topic=topic)


def reason_said(
    reason: Reason,
    topic_names: Mapping[str, str],
    language: Language,
    found: Sequence[str],
    *,
    headed: bool,
) -> str:
    """Return the reason as it stands under a paper, with what it says of it.

    headed: the heading above says it, so only the words are left.
    """
    known = section_title(reason, topic_names, language).casefold()
    words = [one for one in found if one.casefold() != known][:_MOST_SAID]
    names_itself = headed and reason.kind is not ReasonKind.OUTSIDE
    said = "" if names_itself else reason_text(reason, topic_names, language)
    if not words:
        return said
    if said and reason.kind is ReasonKind.TOPIC:
        topic = topic_name(reason.subject, topic_names, language)
        listed = ", ".join([_quoted(one, language) for one in words])
        return _if_short(language.gettext("%(topic)s: %(words)s", topic=topic, words=listed), said)
    says = _says(words, language)
    whole = f"{said} ({says[:1].lower()}{says[1:]})" if said else says
    return _if_short(whole, said or says)


def _if_short(text: str, other: str) -> str:
    return text if len(text) <= LONGEST["reason"] else other


@lru_cache(_NAMES_CACHED)
def _quoted(words: str, language: Language) -> str:
    return language.gettext("“%(phrase)s”", phrase=phrase(words, language))


def _says(found: Sequence[str], language: Language) -> str:
    """Return which words were found: as many as there is room for, at least one."""
    words = [_quoted(one, language) for one in found]
    while len(words) > 1 and len(", ".join(words)) > LONGEST["reason"] - _SAYS:
        words.pop()
    return language.gettext("It says %(words)s", words=", ".join(words))


def why(
    reason: Reason,
    trend: Trend,
    topic_names: Mapping[str, str],
    language: Language = ENGLISH,
    *,
    found: Sequence[str] = (),
) -> str:
    """Return the reason with the paper's place in its lists, as on a card of the mail."""
    said = reason_text(reason, topic_names, language, found)
    return f"{said} · {standing(trend, language)}"


def section_title(
    reason: Reason, topic_names: Mapping[str, str], language: Language = ENGLISH
) -> str:
    """Return the heading over the papers that were picked for this reason."""
    match reason.kind:
        case ReasonKind.TOPIC:
            return topic_name(reason.subject, topic_names, language)
        case ReasonKind.INTEREST:
            return phrase(reason.subject, language)
        case ReasonKind.TRENDING:
            return language.gettext("Also trending")
        case ReasonKind.EDITORS:
            return language.gettext("Chosen by the editors")
        case ReasonKind.LIKED:
            return language.gettext(
                "Similar to %(title)s", title=short_title(reason.subject, language)
            )
        case _:  # from outside
            return language.gettext("One from outside your topics")


def facts_line(parts: Sequence[str]) -> str:
    """Return the parts that are not empty with " · " between them: as many as there is room for."""
    line = ""
    for part in filter(None, parts):
        longer = f"{line} · {part}" if line else part
        if len(longer) <= LONGEST["facts"]:
            line = longer
    return line


def shown_address(address: str) -> str:
    """Return the reader's address as the footer shows it."""
    return shorten(clean(address), LONGEST["address"])


def nothing_on(
    missing: Sequence[Reason], topic_names: Mapping[str, str], language: Language = ENGLISH
) -> list[str]:
    """Return what the edition has nothing of, in pieces of a sentence behind `topics_line`."""
    names = [section_title(reason, topic_names, language) for reason in missing]
    before, behind = _nothing_today(language)
    listed = _listed(names, language, limit=_NOTHING_LINE - len(before) - len(behind))
    return [before, *listed, behind]


@lru_cache
def _nothing_today(language: Language) -> tuple[str, str]:
    """Return what stands before and after the names."""
    said = language.gettext(". Nothing today on %(names)s", names=_HERE)
    before, _, behind = said.partition(_HERE)
    return before, behind


def by_weight(topics: Mapping[str, float]) -> tuple[str, ...]:
    """Return the topics by falling weight; equal weights keep their order."""
    return tuple(sorted(topics, key=topics.__getitem__, reverse=True))


def topics_line(
    topics: Sequence[str],
    interests: Sequence[str],
    topic_names: Mapping[str, str],
    language: Language = ENGLISH,
) -> str:
    """Return what a reader follows: topics, in the order of `by_weight`, then phrases."""
    return "".join(topics_pieces(topics, interests, topic_names, language))


def topics_pieces(
    topics: Sequence[str],
    interests: Sequence[str],
    topic_names: Mapping[str, str],
    language: Language = ENGLISH,
) -> list[str]:
    """Return `topics_line` in pieces, most of which other readers' lines have too."""
    names = [topic_name(slug, topic_names, language) for slug in topics]
    phrases = [_quoted(text, language) for text in interests]
    listed = _listed(names + phrases, language, limit=_TOPICS_LINE)
    return listed or [language.gettext("everything that is trending")]


def schedule_text(schedule: DeliverySchedule, language: Language = ENGLISH) -> str:
    """Return, for example, "daily at 07:00, Europe/Berlin"."""
    time, zone = f"{schedule.hour:02}:00", schedule.timezone
    match schedule.cadence:
        case Cadence.DAILY:
            said = language.gettext("daily at %(time)s, %(zone)s", time=time, zone=zone)
        case Cadence.WEEKDAYS:
            said = language.gettext("Monday to Friday at %(time)s, %(zone)s", time=time, zone=zone)
        case _:  # weekly
            day = language.weekday(schedule.weekday)
            said = language.gettext(
                "every %(day)s at %(time)s, %(zone)s", day=day, time=time, zone=zone
            )
    return shorten(said, LONGEST["schedule"])


def votes_text(trend: Trend, language: Language = ENGLISH) -> str:
    """Return "1 vote", "12 votes", or "" if there are none or no source counts them."""
    votes = trend.votes
    return language.ngettext("%(count)s vote", "%(count)s votes", votes) if votes else ""


def _listed(names: list[str], language: Language, *, limit: int) -> list[str]:
    """Return names with commas: as many as fit into `limit` characters, then how many more."""
    pieces = [*names[:1], *[f", {name}" for name in names[1:]]]
    if sum(map(len, pieces)) <= limit:
        return pieces
    shown = 1
    longest = len(_and_more("", 999, language))
    while len(", ".join(names[: shown + 1])) <= limit - longest:
        shown += 1
    return [_and_more(", ".join(names[:shown]), len(names) - shown, language)]


def _and_more(names: str, count: int, language: Language) -> str:
    return language.ngettext(
        "%(names)s and %(count)s more", "%(names)s and %(count)s more", count, names=names
    )
