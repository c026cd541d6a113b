"""The words of the mail: every sentence that is put together in code stands here.

What one reader gets to see differently from another is a *personal* text. Each is at most as long
as its entry in LONGEST says and never empty, so that templates need not ask.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from digest.core.plain_text import clean, shorten
from digest.model import Cadence, Preferences, Reason, ReasonKind, Rhythm, Trend

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PHRASE = 60  # characters of a topic's name or of a reader's phrase
_SHORT_TITLE = 55  # with "Like " before it no longer than a phrase
_PREVIEW = (35, 140)  # what Gmail shows beside the subject, at least and at most
_TOPICS_LINE = 240
LONGEST: Mapping[str, int] = {  # characters of each personal text
    "subject": 110,
    "preview": _PREVIEW[1],
    "topics": _TOPICS_LINE,
    "rhythm": 80,
    "address": 100,
    "reason": 100,
    "title": _PHRASE,
    "number": 5,
    "papers": 20,
    "rest": 20,
}


def long_date(day: date) -> str:
    """Return, for example, "Friday, 21 November 2026"; no locale has a say in it."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Return, for example, "21 Nov"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def count_text(count: int) -> str:
    """Return "1 paper", "7 papers"."""
    return f"{count} paper{'' if count == 1 else 's'}"


def rest_text(count: int) -> str:
    """Return "1 more paper", "7 more papers"."""
    return f"{count} more paper{'' if count == 1 else 's'}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "3rd", "4th", "11th"."""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def number_word(number: int) -> str:
    """Return "one" to "nine"; greater numbers as digits."""
    return _NUMBERS[number - 1] if 0 < number <= len(_NUMBERS) else str(number)


def topic_name(slug: str, topic_names: Mapping[str, str]) -> str:
    """Return the name of a topic; its slug when the catalogue no longer knows it."""
    return shorten(clean(topic_names.get(slug, slug)), _PHRASE) or "a topic without a name"


def phrase(text: str) -> str:
    """Return a reader's own phrase as it is shown."""
    return shorten(clean(text), _PHRASE) or "your interest"


def short_title(title: str) -> str:
    """Return what people call a paper: the name before the colon, else the title, shortened."""
    known = clean(title)
    name, colon, _ = known.partition(":")
    return shorten(name.strip() if colon else known, _SHORT_TITLE) or "a paper"


def reason_text(reason: Reason, topic_names: Mapping[str, str]) -> str:
    """Return why a paper was picked, in a reader's words; the one place that says so."""
    match reason.kind:
        case ReasonKind.TOPIC:
            return f"You follow {topic_name(reason.subject, topic_names)}"
        case ReasonKind.INTEREST:
            return f"Matches “{phrase(reason.subject)}”"
        case ReasonKind.TRENDING:
            return "Trending now, whatever the topic"
        case ReasonKind.LIKED:
            return f"Like {short_title(reason.subject)}, which you liked"
        case _:  # from outside
            return f"From {topic_name(reason.subject, topic_names)}, which you do not follow"


def why(reason: Reason, trend: Trend, topic_names: Mapping[str, str]) -> str:
    """Return the reason with the paper's place in its lists, as a card of the mail says it."""
    return f"{reason_text(reason, topic_names)} · {standing(trend)}"


def section_title(reason: Reason, topic_names: Mapping[str, str]) -> str:
    """Return the heading over the papers that were picked for this reason."""
    match reason.kind:
        case ReasonKind.TOPIC:
            return topic_name(reason.subject, topic_names)
        case ReasonKind.INTEREST:
            return phrase(reason.subject)
        case ReasonKind.TRENDING:
            return "Also trending"
        case ReasonKind.LIKED:
            return f"Like {short_title(reason.subject)}"
        case _:  # from outside
            return "One from outside your topics"


def about(reasons: Sequence[Reason], topic_names: Mapping[str, str]) -> str:
    """Return what a mail with these sections is about, for the subject line: "KV cache, speech"."""
    chosen = (ReasonKind.TOPIC, ReasonKind.INTEREST)
    titles = [section_title(reason, topic_names) for reason in reasons if reason.kind in chosen]
    return _listed(list(dict.fromkeys(titles)), limit=60) or "what is trending"


def preview_line(titles: Sequence[str], papers: int) -> str:
    """Return the first line of a mail with `papers` papers: what is inside.

    titles: those of the first two papers, or of the only one.
    """
    shortest, longest = _PREVIEW
    rest = f"; and {papers - len(titles)} more" if papers > len(titles) else ""
    room = longest - len(rest)
    first, *others = titles
    line = shorten(first, room - min(50, sum(map(len, others))))
    for title in others:
        line += f"; {shorten(title, room - len(line) - 2)}"
    line += rest
    return line if len(line) >= shortest else f"{line} — picked from all that is trending"


def shown_address(address: str) -> str:
    """Return the reader's address as the footer shows it."""
    return shorten(clean(address), LONGEST["address"])


def topics_line(preferences: Preferences, topic_names: Mapping[str, str]) -> str:
    """Return what a reader follows: topics by falling weight, then phrases."""
    topics = sorted(preferences.topics, key=lambda slug: -preferences.topics[slug])
    names = [topic_name(slug, topic_names) for slug in topics]
    phrases = [f"“{phrase(text)}”" for text in preferences.interests]
    return _listed(names + phrases, limit=_TOPICS_LINE) or "whatever is trending"


def rhythm_text(rhythm: Rhythm) -> str:
    """Return, for example, "daily at 07:00, Europe/Berlin"."""
    match rhythm.cadence:
        case Cadence.DAILY:
            often = "daily"
        case Cadence.WEEKDAYS:
            often = "Monday to Friday"
        case _:  # weekly
            often = f"every {_DAYS[rhythm.weekday]}"
    return shorten(f"{often} at {rhythm.hour:02}:00, {rhythm.timezone}", LONGEST["rhythm"])


def paper_link_text(*, known: bool) -> str:
    """Say where a paper's link leads: to its page where that is known, else to a title search."""
    return "Paper" if known else "Find the paper"


def standing(trend: Trend) -> str:
    """Return a paper's place and lists: "3rd at best in three lists this week, five in all".

    Lists without an order give no place.
    """
    if trend.week_rank is None:  # listed longer ago, or in an edition that did not keep the week
        place, lists, when = trend.best_rank, trend.dumps, "so far"
        rest = ""
    else:
        place, lists, when = trend.week_rank, trend.week_dumps, "this week"
        rest = f", {number_word(trend.dumps)} in all" if trend.dumps > lists else ""
    if not place:
        return (
            f"newly listed{rest}" if lists == 1 else f"in {number_word(lists)} lists {when}{rest}"
        )
    if lists == 1:
        return f"{ordinal(place)} in one list {when}{rest}"
    return f"{ordinal(place)} at best in {number_word(lists)} lists {when}{rest}"


def votes_text(trend: Trend) -> str:
    """Return "1 vote", "12 votes"; empty when there are none, or no source has them."""
    return f"{trend.votes} vote{'' if trend.votes == 1 else 's'}" if trend.votes else ""


def _listed(names: list[str], *, limit: int) -> str:
    """Names with commas; as many as fit into `limit` characters, then how many more."""
    if len(whole := ", ".join(names)) <= limit:
        return whole
    shown = 1
    while len(", ".join(names[: shown + 1])) <= limit - len(" and 999 more"):
        shown += 1
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"
