"""Mails to single readers and to the operator, which wait in the outbox until they are sent."""

from typing import TYPE_CHECKING

from digest.app.incoming.bounces import bounce_rules
from digest.outbox.composing import OutboxComposer
from digest.outbox.first_papers import FirstPapers
from digest.outbox.outbox import Outbox
from digest.transactional.reply_answers import ReplyAnswers

if TYPE_CHECKING:
    from digest.app.app import App

_FOLDER = "outbox"  # of its journals, in that of all others
_CONNECTIONS = 2


def build(app: "App") -> Outbox:
    """Return what sends the outbox of a service."""
    first = FirstPapers(app.database, app.editions.foresee, app.composing.matrix)
    mails = app.transactional.mails
    composer = OutboxComposer(
        app.database,
        mails,
        ReplyAnswers(mails, app.identity.reply_addresses),
        app.identity.finish,
        first.choose,
        app.clock,
    )
    return Outbox(
        app.database,
        app.journals / _FOLDER,
        composer,
        lambda: app.smtp.pool(connections=_CONNECTIONS),
        lambda: app.smtp.domain_limits,
        app.settings.uncertain,
        app.opt_in.admit,
        app.installation.observes_hold,
        bounce_rules(app.settings),
        app.clock,
    )
