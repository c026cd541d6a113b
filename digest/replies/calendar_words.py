"""Tell days, dates, months, seasons and holidays, English and German: they are no subjects."""

import re

_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)day|mon|tues?|wed|thurs?|fri|sat|sun|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|aug|sept?|oct|okt|nov|dec|dez|january|february|march|april|may|june?|july?|"
    r"august|september|october|november|december|januar|jänner|februar|märz|mai|juni|juli|oktober|"
    r"dezember)"
)
_SEASON = (
    r"(?:spring|summer|autumn|fall|winter|frühling|frühjahr|sommer|herbst|season|jahreszeit|"
    r"(?:spring|summer|sommer|winter)time)"
)
_HOLIDAY = (
    r"(?:christmas|xmas|easter|pentecost|whitsun|halloween|thanksgiving|advent|hanukkah|ramadan|eid|"
    r"diwali|yom|kippur|passover|weihnachten|weihnachtstage?n?|ostern|pfingsten|karfreitag|"
    r"ostermontag|pfingstmontag|himmelfahrt|heiligabend|silvester|neujahr|fasching|karneval|"
    r"(?:bank)?holidays?|vacations?|feiertage?n?|[a-zäöü]*ferien|[a-zäöü]*urlaub|weekends?|wochenenden?|eve)"
)
_SPAN = (
    r"(?:days?|weeks?|months?|quarters?|years?|weekdays?|mornings?|noon|afternoons?|evenings?|nights?|"
    r"tage?n?|wochen?|monate?n?|quartale?|jahre?n?s?|werktage?n?|morgens?|vormittage?s?|mittags?|"
    r"nachmittage?s?|abende?s?|nacht|nächte)"
)
_BESIDE = r"(?:next|last|coming|new|good|public|bank|every|each|(?:nächste|letzte|kommende)[nrs]?)"
_NAME = rf"(?:{_WEEKDAY}|{_MONTH}|{_SEASON}|{_HOLIDAY}|{_SPAN})"
_WORD = re.compile(rf"{_NAME}(?:'?s)?\.?|{_BESIDE}|q[1-4]|\d+(?:st|nd|rd|th)?[.,]?", re.IGNORECASE)
_OF_A_DAY = re.compile(rf"{_WEEKDAY}(?:'?s)?", re.IGNORECASE)


def is_calendar(phrase: str) -> bool:
    """Whether a phrase names a time, or something of a weekday such as "Monday's call"."""
    words = phrase.split()
    return bool(words) and (
        all(_WORD.fullmatch(word) for word in words) or bool(_OF_A_DAY.fullmatch(words[0]))
    )
