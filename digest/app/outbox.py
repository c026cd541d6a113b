"""Mails to single readers and to the operator, which wait in the outbox until they are sent."""

from functools import cache
from typing import TYPE_CHECKING

from digest.app.incoming.bounces import bounce_rules
from digest.outbox.outbox import Outbox
from digest.subscribers.store import askings

if TYPE_CHECKING:
    from digest.app.app import App
    from digest.outbox.composing import OutboxComposer

_FOLDER = "outbox"  # of its journals, in that of all others
_CONNECTIONS = 2


def build(app: "App") -> Outbox:
    """Return what sends the outbox of a service; what composes is made for the first mail."""
    return Outbox(
        app.database,
        app.journals / _FOLDER,
        cache(lambda: _composer(app)),
        lambda: app.smtp.pool(connections=_CONNECTIONS),
        lambda: app.smtp.domain_limits,
        app.settings.uncertain,
        lambda: _admit(app),
        app.installation.observes_hold,
        bounce_rules(app.settings),
        app.clock,
    )


def _composer(app: "App") -> "OutboxComposer":
    from digest.outbox.composing import OutboxComposer
    from digest.outbox.first_papers import FirstPapers
    from digest.transactional.reply_answers import ReplyAnswers

    first = FirstPapers(app.database, app.editions.foresee, app.composing.matrix)
    mails = app.transactional.mails
    return OutboxComposer(
        app.database,
        mails,
        ReplyAnswers(mails, app.identity.reply_addresses),
        app.identity.finish,
        first.choose,
        app.clock,
    )


def _admit(app: "App") -> None:
    """Look at the requests that were noted; to know what they may wish takes the catalogue."""
    with app.database.read() as session:
        if askings.is_empty(session):
            return
    app.opt_in.admit()
