"""Ids that are given out twice, links that were renewed, marks that are lost."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from digest.app import build_app
from digest.app.backups import accept, check
from digest.backups import backup, putting_back
from digest.errors import HeldError, LinkError
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.installation import marks, observing
from digest.installation.marks import LostMarkError
from digest.model import Preferences, Subscriber, SubscriberState
from digest.subscribers import links, subscriptions, unsubscribe, update_preferences
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.backups.test_restoring import _programs_of_postgres  # noqa: F401
from tests.factories import DAY, NOON

LATER = NOON + timedelta(days=1)
LEAVE = [unsubscribe.unsubscribe, update_preferences.erase]
SIGNER = LinkSigner([b"a key for the tests only"])


def find(app, name: str) -> Subscriber:
    return subscriptions.find(app.database, f"{name}@example.org")


def add_later(app, name: str) -> Subscriber:
    with app.database.write() as session:
        reader = (f"{name}@example.org", "", Preferences())
        subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=LATER)
    return find(app, name)


def back_up(app, folder: Path) -> Path:
    path, _ = backup.backup(app.database, folder, NOON)
    app.close()
    return path


def put_old_state_back(app, path: Path) -> None:
    app.close()
    putting_back.put_back(app.unchecked_database, app.journals, path, NOON)


def forget_hashes(folder: Path) -> None:
    """Make the logs of leavers what an earlier version wrote."""
    for file in folder.glob("leavers-*.log"):
        entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        lines = [json.dumps({k: v for k, v in one.items() if k != "reader"}) for one in entries]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.fixture
def opened_anew(app, clock):
    """The service of another process, which has yet to open the database."""
    other = build_app(app.settings, clock=clock, files=app.files)
    yield other
    other.close()


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("older", [False, True])
def test_who_has_the_id_of_somebody_lost_does_not_leave_for_them(
    app, subscribe, tmp_path, leave, older
):
    subscribe("ann")
    path = back_up(app, tmp_path / "backups")
    subscribe("lost")
    lost = find(app, "lost").id
    leave(app.database, lost, NOON)
    leave(app.database, find(app, "ann").id, NOON)
    put_old_state_back(app, path)
    assert add_later(app, "new").id == lost  # by a process that has the database open still
    if older:
        forget_hashes(app.installation.folder)
    report = accept(app, [])
    assert find(app, "new").state is SubscriberState.ACTIVE
    assert sum(report.merged.leavers.values()) == 1  # ann
    left = [line for line in report.merged.unknown if line.startswith("1 who left")]
    assert len(left) == (leave is unsubscribe.unsubscribe)


def test_no_id_is_given_out_anew_once_a_database_that_is_behind_is_opened(
    app, opened_anew, subscribe, tmp_path
):
    subscribe("ann")
    path = back_up(app, tmp_path / "backups")
    subscribe("lost")
    lost = find(app, "lost").id
    unsubscribe.unsubscribe(app.database, lost, NOON)
    put_old_state_back(app, path)
    assert add_later(opened_anew, "new").id > lost + observing.MARGIN
    assert opened_anew.installation.is_held()
    accept(opened_anew, [])
    assert not opened_anew.installation.is_held()


@pytest.mark.parametrize("torn", [False, True])
def test_a_lost_mark_holds_mail_and_its_logs_tell_which_ids_there_were(
    app, opened_anew, subscribe, sink, tmp_path, torn
):
    subscribe("ann", "bob")
    unsubscribe.unsubscribe(app.database, find(app, "bob").id, NOON - timedelta(minutes=1))
    path = back_up(app, tmp_path / "backups")
    subscribe("lost")
    lost = find(app, "lost").id
    unsubscribe.unsubscribe(app.database, lost, NOON)
    put_old_state_back(app, path)
    file = app.installation.folder / marks.NAME
    file.write_text("{", encoding="utf-8") if torn else file.unlink()
    with pytest.raises(LostMarkError):
        local.send(app, DAY)
    assert check(app, []).merged.missing
    report = accept(app, [])
    assert any("1 mails to single readers waited" in line for line in report.merged.unknown)
    assert add_later(app, "new").id > lost + observing.MARGIN
    local.send(app, DAY)
    assert {one.recipients[0] for one in sink.messages} == {"ann@example.org", "new@example.org"}
    assert not check(app, []).merged.missing
    assert find(opened_anew, "new").state is SubscriberState.ACTIVE


def test_a_lost_mark_skips_ids_as_soon_as_the_database_is_opened(
    app, opened_anew, subscribe, tmp_path
):
    path = back_up(app, tmp_path / "backups")
    subscribe("lost")
    lost = find(app, "lost").id
    unsubscribe.unsubscribe(app.database, lost, NOON)
    put_old_state_back(app, path)
    (app.installation.folder / marks.NAME).unlink()
    assert add_later(opened_anew, "new").id > lost + observing.MARGIN


@pytest.mark.parametrize("leave", [None, *LEAVE])
def test_links_that_have_ended_stay_so_and_who_left_since_leaves_again(
    app, subscribe, tmp_path, leave
):
    subscribe("ann")
    ann = find(app, "ann")
    token = SIGNER.token(Purpose.PREFERENCES, ann.id, ann.nonce)
    path = back_up(app, tmp_path / "backups")
    links.renew(app.database, ann.id, NOON)
    if leave:
        leave(app.database, ann.id, NOON)
    put_old_state_back(app, path)
    with pytest.raises(HeldError):
        app.installation.observe()
    report = accept(app, [])
    left = {unsubscribe.unsubscribe: "unsubscribed", update_preferences.erase: "erased"}.get(leave)
    again = {"relinked": 1} if left != "erased" else {}
    assert report.merged.leavers == again | ({left: 1} if left else {})
    with pytest.raises(LinkError):
        SIGNER.read(Purpose.PREFERENCES, token, links.bindings(app.database))
    assert not check(app, []).merged.leavers
    assert not any("who left" in line for line in check(app, []).merged.unknown)
