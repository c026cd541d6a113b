"""The sign-up form: what was typed into it, and what is wrong with that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digest.model import Preferences
from digest.subscribers.rules.addresses import mistake_in
from digest.subscribers.rules.consent import CONSENT
from digest.subscribers.rules.field_kinds import Mistake, at_most
from digest.subscribers.rules.preference_fields import FIELDS, MOST_TOPICS
from digest.subscribers.rules.preferences import PreferencesError, parse_preferences
from digest.topics.former_slugs import all_current
from digest.web.site import preference_form
from digest.web.site.forms import Form
from digest.web.site.view import Site

ASKED = ("topics", "interests", "cadence", "weekday", "hour", "timezone")
MOST_INTERESTS = 5  # to begin with; each costs a look back on 30 days some milliseconds
LONGEST_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class SignUp:
    """The form as it was filled in.

    typed: by field, as the form shows it again. preferences: what it asks for; the service's own
    where something is wrong with it. mistakes: by field, those of the address under "email".
    """

    email: str
    typed: Mapping[str, Any]
    preferences: Preferences
    mistakes: Mapping[str, list[Mistake]]


def read(site: Site, form: Form) -> SignUp:
    """Return what was typed; topics that there are not are left out, as links may be old."""
    email = form.text("email")[:LONGEST_ADDRESS]
    topics = all_current(form.all("topic"), site.topic_names)[:MOST_TOPICS]
    interests = [line.strip() for text in form.all("interests") for line in text.splitlines()]
    texts = {name: form.text(name) for name in ASKED[2:]}
    interests = [line for line in interests if line]
    typed = {"topics": dict.fromkeys(topics, 1.0), "interests": interests, **texts}
    preferences, mistakes = _parsed(site, typed)
    if len(interests) > MOST_INTERESTS:
        mistakes.setdefault("interests", []).append(at_most(MOST_INTERESTS))
    wrong = mistake_in(email)
    mistakes |= {"email": [wrong]} if wrong else {}
    return SignUp(email, _blanks_filled(site, typed), preferences, mistakes)


def fresh(site: Site, topic: str) -> SignUp:
    """Return the form as nobody has touched it, but for a topic; "": none."""
    return read(site, Form([("topic", topic)]))


def values(site: Site, signup: SignUp, *, told: bool) -> dict[str, object]:
    """Return what the template of the form shows; told: what is wrong with it, too."""
    return {
        "signup": signup,
        "fields": {field.name: field for field in FIELDS},
        "options": preference_form.options(site),
        "wrong": preference_form.translated(site, signup.mistakes) if told else {},
        "groups": site.app.topics.in_force.catalogue.groups(),
        "consent": CONSENT.text(site.app.identity.letterhead.name, site.language),
        "most_interests": MOST_INTERESTS,
    }


def _parsed(site: Site, typed: Mapping[str, Any]) -> tuple[Preferences, dict[str, list[Mistake]]]:
    vocabulary = site.app.topics.in_force.vocabulary
    given = {**typed, "language": site.language.tag}
    try:
        return parse_preferences(given, vocabulary), {}
    except PreferencesError as exc:
        return parse_preferences({}, vocabulary), dict(exc.mistakes)


def _blanks_filled(site: Site, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, with the service's own values in fields that must have one."""
    own = preference_form.shown(parse_preferences({}, site.app.topics.in_force.vocabulary))
    return {name: typed[name] or own[name] for name in ASKED}
