"""Every mail beside the digest, composed with made-up words: what is wrong with one is seen so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from digest.ground.tokens.links import LinkSigner
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import Edition, Layout, Message, Preferences, Subscriber, SubscriberState
from digest.render.empty_day import SENTENCES, EmptyDayRenderer
from digest.render.lint import samples
from digest.render.transactional import Recipient, TransactionalRenderer
from digest.subscribers.update_preferences import Notice
from digest.transactional.mails import AlertNotice, SignInLink, TransactionalMails
from digest.transactional.reply_answers import Answered, NotDone, ReplyAnswers, ReplyNews

_KEYS = [b"a key that signs nothing"]
_TOPICS = 2  # that the made-up reader follows


def compose_samples(
    renderer: TransactionalRenderer, topic_names: Mapping[str, str], now: datetime
) -> Iterator[tuple[str, Message]]:
    """Compose each single mail in each language; give its name, such as "welcome (de)", with it.

    Errors like `TransactionalRenderer.compose`.
    """
    mails = TransactionalMails(
        renderer, LinkSigner(_KEYS), TokenSigner(_KEYS), topic_names, lambda _, abstract: abstract
    )
    topics = list(topic_names)[:_TOPICS]
    edition = samples.made_up_edition(Edition(now.date(), now, "example.com", ()), topics)
    empty_day = EmptyDayRenderer(
        edition,
        renderer.letterhead,
        mails.links,
        renderer.templates,
        languages=renderer.languages,
        theme=renderer.theme,
    )
    for tag in renderer.languages:
        for name, compose in _mails(mails, topics, edition, tag, now).items():
            yield f"{name} ({tag})", compose()
        reader = samples.make_reader(topics, Layout.STANDARD, tag)
        for reason in SENTENCES:
            yield f"empty day, {reason} ({tag})", empty_day.message(reader, reason)


def _mails(
    mails: TransactionalMails, topics: Sequence[str], edition: Edition, tag: str, now: datetime
) -> dict[str, Callable[[], Message]]:
    someone = Recipient("reader@example.com", 1, tag, samples.NONCE)
    preferences = Preferences(topics=dict.fromkeys(topics, 1.0), language=tag)
    active, at = SubscriberState.ACTIVE, edition.sends_at
    reader = Subscriber(1, someone.address, "", active, preferences, at, samples.NONCE)
    picks = samples.make_picks(edition.candidates, topics)
    left = replace(reader, state=SubscriberState.UNSUBSCRIBED)
    said = ("A made-up trouble", "Nothing is wrong.", ("It is made up.",), "Run `digest status`.")
    before = replace(preferences, topics={}, max_papers=5, layout=Layout.TEXT)
    answers = ReplyAnswers(mails, ReplyAddresses(_KEYS, "reply@example.com"))
    news = ReplyNews(reader, before, ["A made-up paper"], ["Another one"], at.date())
    reply = Answered(at.date(), "<made-up@example.com>")
    link = SignInLink(1, 1, someone.address, samples.NONCE, now)
    invitation = replace(link, role="editor")
    question = NotDone("Who runs this service?")
    return {
        "confirm": lambda: mails.confirm(someone, 1, at=now),
        "welcome": lambda: mails.welcome(reader, edition, picks, 1, at=now),
        "first welcome": lambda: mails.welcome(reader, None, (), 1, at=now),
        "already": lambda: mails.already(reader, 1, at=now),
        "changed": lambda: mails.changed(Notice(reader, before, 1), at=now),
        "goodbye": lambda: mails.goodbye(left, 1, at=now),
        "erased": lambda: mails.erased(reader.address, tag, "1", at=now),
        "replied": lambda: answers.done(news, reply, "1", at=now),
        "unclear": lambda: answers.not_done(reader, question, reply, "1", at=now),
        "help": lambda: answers.not_done(reader, NotDone(asked=True), reply, "1", at=now),
        "alert": lambda: mails.alert(AlertNotice(someone.address, *said), "1", at=now),
        "sign in": lambda: mails.sign_in(link, at=now),
        "invitation": lambda: mails.sign_in(invitation, at=now),
        "test": lambda: mails.test(someone, "smtp://mail.example.com", at=now),
    }
