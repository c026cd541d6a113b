"""Every preference, declared once: its name, bounds, words and spelling.

CSV files, the page, the API, the command line, columns and records all go through FIELDS. The type
and the default are those of `digest.model.Preferences`; CONTRIBUTING.md ("Add a preference") walks
through an example.
"""

from operator import attrgetter

from digest.ground.languages.marking import N_
from digest.model import Cadence, EmptyDay, InLab, Layout
from digest.subscribers.rules.choice_kinds import Choice, Named, Weekday
from digest.subscribers.rules.field_kinds import Phrases, PreferenceField, TopicWeights, WholeNumber
from digest.subscribers.rules.language_tags import LanguageTag

MOST_TOPICS = 64
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

TOPICS = TopicWeights(
    name="topics",
    label=N_("Topics"),
    help='Topics, as in "speech;coding:2".',
    example={"compression": 2, "speech": 1},
    most=MOST_TOPICS,
    greatest=10.0,
)

# In the order of the columns of a file and of the page.
FIELDS: tuple[PreferenceField, ...] = (
    TOPICS,
    Phrases(
        name="interests",
        label=N_("Interests in your own words"),
        help='Phrases, with ";" between.',
        example=["KV cache eviction"],
        most=50,
        checked=attrgetter("check_interest"),
    ),
    Phrases(
        name="muted",
        label=N_("Muted phrases"),
        help='Phrases never to see, with ";" between.',
        example=["survey"],
        most=50,
        checked=attrgetter("check_muted"),
    ),
    Named(
        name="timezone",
        label=N_("Time zone"),
        help="Such as Europe/Berlin.",
        example="Europe/Berlin",
        words={},
        known=attrgetter("timezones"),
        initial=attrgetter("default_timezone"),
    ),
    WholeNumber(
        name="hour",
        label=N_("Time"),
        help="Local hour, 0 to 23.",
        example=7,
        least=0,
        most=23,
        offered="%02d:00",
    ),
    Choice(
        name="cadence",
        label=N_("How often"),
        help="daily, weekdays or weekly.",
        example="weekly",
        words={
            "daily": N_("every day"),
            "weekdays": N_("Monday to Friday"),
            "weekly": N_("once a week"),
        },
        kind=Cadence,
    ),
    Weekday(
        name="weekday",
        label=N_("Day of the weekly email"),
        help="For weekly: monday, tuesday, ...",
        example="monday",
        words={day: day.capitalize() for day in WEEKDAYS},
    ),
    WholeNumber(
        name="max_papers",
        label=N_("Papers per email"),
        help="At most so many papers per email.",
        example=10,
        least=1,
        most=500,
    ),
    Choice(
        name="layout",
        label=N_("Each email shows"),
        help="standard, full, compact or text.",
        example="compact",
        words={
            "standard": N_("summaries of the best, a line on each other paper"),
            "full": N_("summaries of all"),
            "compact": N_("a line on each paper"),
            "text": N_("plain text only"),
        },
        kind=Layout,
    ),
    WholeNumber(
        name="summaries",
        label=N_("Papers with a summary"),
        help="How many of the best papers have a summary in the standard layout.",
        example=3,
        least=0,
        most=500,
        initial=attrgetter("default_summaries"),
    ),
    LanguageTag(
        name="language",
        label=N_("Language"),
        help="Language of the email, such as en.",
        example="en",
        words={},
        known=attrgetter("languages"),
    ),
    Choice(
        name="empty_day",
        label=N_("When nothing is new"),
        help="When nothing is new: skip, note or fill.",
        example="note",
        words={
            "skip": N_("send nothing"),
            "note": N_("send a short note"),
            "fill": N_("send the best of the week"),
        },
        kind=EmptyDay,
    ),
    Choice(
        name="lab",
        label=N_("Compare ways of choosing papers"),
        help="Take part in comparisons of two rankings: yes or no.",
        example="yes",
        words={
            "no": N_("no"),
            "yes": N_("yes, mix two ways in my emails"),
        },
        kind=InLab,
    ),
)
