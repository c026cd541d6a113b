"""What takes the replies of readers."""

from collections.abc import Sequence
from datetime import date

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.app.identity import Identity
from digest.ground.database.engine import Database
from digest.intake.reply_mails import ReplyIntake
from digest.render.digest import wording
from digest.settings import Settings
from digest.transactional.mails import TransactionalMails
from digest.transactional.reply_answers import ReplyAnswers

_SHOWN = 20  # lines of a reply in the mail to the operator


def build(
    settings: Settings,
    files: Files,
    identity: Identity,
    database: Database,
    mails: TransactionalMails,
    clock: Clock,
) -> ReplyIntake:
    """Return what takes replies; they count whether or not new mails ask for any."""

    def tell_operator(subscriber_id: int, edition: date, lines: Sequence[str]) -> None:
        if settings.operator:
            mails.alert(
                settings.operator,
                "a reader's reply was not understood",
                f"Subscriber {subscriber_id} answered the mail of {edition}. Nothing was changed.",
                [*lines[:_SHOWN], *(["…"] if len(lines) > _SHOWN else [])],
                "What to do: read it, and write to the reader if it is a question. "
                "`digest replies list` shows all of them.",
            )

    return ReplyIntake(
        database,
        settings.keys,
        slugs_by_name(files),
        files.vocabulary,
        ReplyAnswers(mails, identity.reply_addresses),
        tell_operator,
        clock,
    )


def slugs_by_name(files: Files) -> dict[str, str]:
    """Return the topics by their slugs and by their names in every language, in small letters."""
    names = files.topic_names
    found = {slug.casefold(): slug for slug in names}
    for language in files.languages.values():
        for slug in names:
            found.setdefault(wording.topic_name(slug, names, language).casefold(), slug)
    return found
