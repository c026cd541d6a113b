"""What is stored of the mail that came in, on real databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.dmarc.taking import TakenReports
from digest.ground.database.tables.intake import Fate
from digest.ground.tokens.return_paths import ReturnPaths
from digest.intake.store import mails
from digest.intake.taking import Intake, forget_old
from tests.factories import NONCE, NOON
from tests.intake.returned import corpus


@pytest.fixture
def told():
    return []


@pytest.fixture
def intake(database, told):
    return Intake(database, corpus.IDENTIFY, lambda: NOON, record=told.append)


def stored(database):
    with database.read() as session:
        return list(mails.newest(session, limit=None))


def test_a_signed_bounce_is_recorded_and_stored_without_its_address_or_itself(
    intake, database, told
):
    receipt = intake.take(corpus.octets("postfix-unknown"), way="lmtp")
    assert receipt.fate is Fate.RECORDED
    assert [(each.subscriber_id, each.edition) for each in told] == [
        (corpus.SUBSCRIBER, corpus.EDITION)
    ]
    (mail,) = stored(database)
    assert (mail.fate, mail.way, mail.has_raw) == (Fate.RECORDED, "lmtp", False)
    assert mail.feedback[0]["kind"] == "hard"
    assert "ann@" not in str(mail)


def test_the_same_mail_is_stored_once_and_recorded_under_one_reference(intake, database, told):
    raw = corpus.octets("postfix-unknown")
    intake.take(raw)
    intake.take(b"Received: from another.example by mx.example.org\r\n" + raw)
    assert len(stored(database)) == 1
    assert len({each.reference for each in told}) == 1


def test_one_report_to_the_return_paths_of_two_readers_is_two_bounces(intake, told):
    paths = ReturnPaths(corpus.KEY, "bounces@example.org")
    raw = corpus.octets("postfix-unknown").replace(corpus.RETURN_PATH.encode(), b"undisclosed:;")
    for reader in (7, 8):
        intake.take(raw, [paths.address(reader, NONCE, corpus.EDITION)])
    assert [each.subscriber_id for each in told] == [7, 8]
    assert len({each.reference for each in told}) == 2


def test_the_same_mail_to_two_addresses_is_two(intake, database):
    raw = corpus.octets("person-answers")
    intake.take(raw, ["a@example.org"])
    intake.take(raw, ["b@example.org"])
    assert len(stored(database)) == 2


@pytest.mark.parametrize("name", ["forged-names-a-victim", "arf-unsigned", "person-answers"])
def test_what_nothing_vouches_for_changes_nothing_and_is_kept_for_a_person(
    intake, database, told, name
):
    raw = corpus.octets(name)
    assert intake.take(raw).fate is Fate.KEPT
    assert not any(each.trusted for each in told)
    with database.read() as session:
        _, kept = mails.find(session, stored(database)[0].id)
    assert kept == raw


def test_a_forged_mail_is_counted_and_not_kept(intake, database, told):
    assert intake.take(corpus.octets("forged-return-path")).fate is Fate.FORGED
    assert told == []
    with database.read() as session:
        assert mails.counts(session) == {Fate.FORGED: 1}
    assert not stored(database)[0].has_raw


@pytest.mark.parametrize("name", ["postfix-delayed", "postfix-delivered", "away-german"])
def test_what_is_no_failure_changes_nothing(intake, told, name):
    assert intake.take(corpus.octets(name)).fate is Fate.AUTOMATIC
    assert told == []


def test_a_mail_that_cannot_be_recorded_is_not_stored_so_that_it_comes_again(database):
    def fail(_feedback):
        raise OSError("no disk")

    intake = Intake(database, corpus.IDENTIFY, lambda: NOON, record=fail)
    with pytest.raises(OSError, match="no disk"):
        intake.take(corpus.octets("postfix-unknown"))
    assert stored(database) == []


def test_what_is_kept_has_bounds(intake, database):
    intake = replace(intake, most_kept=3)
    for number in range(5):
        raw = b"From: a@b.example\nMessage-ID: <%d@b>\n\n" % number + b"x" * 300_000
        assert intake.take(raw).fate is Fate.KEPT
    assert [mail.has_raw for mail in stored(database)] == [True, True, True, False, False]
    with database.read() as session:
        _, kept = mails.find(session, stored(database)[0].id)
    assert len(kept) == mails.LONGEST_RAW_BYTES


def test_mails_are_forgotten_after_some_days(intake, database):
    intake.take(corpus.octets("person-answers"))
    assert forget_old(database, NOON + timedelta(days=14), 14) == 0
    assert forget_old(database, NOON + timedelta(days=14, seconds=1), 14) == 1
    assert stored(database) == []


def test_a_dmarc_report_is_taken_once_and_one_that_is_not_ours_is_kept(database):
    taken = iter(
        [TakenReports(new=1), TakenReports(known=1), TakenReports(problems=("Not ours.",))]
    )
    intake = Intake(
        database,
        corpus.IDENTIFY,
        lambda: NOON,
        record=lambda _: None,
        reports=lambda _raw: next(taken),
    )
    raw = corpus.octets("person-answers")
    fates = [intake.take(raw, [f"dmarc{number}@example.org"]).fate for number in range(3)]
    assert fates == [Fate.RECORDED, Fate.RECORDED, Fate.KEPT]
