"""What takes the replies of readers."""

from collections.abc import Mapping

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.app.topics import Topics
from digest.ground.database.engine import Database
from digest.intake.reply_mails import ReplyIntake
from digest.render.digest import wording
from digest.settings import Settings


def build(
    settings: Settings, files: Files, topics: Topics, database: Database, clock: Clock
) -> ReplyIntake:
    """Return what takes replies; they count whether or not new mails ask for any."""
    by_name = slugs_by_name(files, topics.in_force.topic_names)
    vocabulary = topics.in_force.vocabulary
    return ReplyIntake(database, by_name, vocabulary, settings.operator or "", clock)


def slugs_by_name(files: Files, names: Mapping[str, str]) -> dict[str, str]:
    """Return the topics by their slugs and by their names in every language, in small letters."""
    found = {slug.casefold(): slug for slug in names}
    for language in files.languages.values():
        for slug in names:
            found.setdefault(wording.topic_name(slug, names, language).casefold(), slug)
    return found
