"""Files of readers in the console: looked at first, then imported, with what is wrong by line."""

import re
import time
from datetime import timedelta

import pytest

from digest.accounts import audit
from digest.model import Role
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.files import uploads
from digest.subscribers.files.uploads import LARGEST_BYTES, UNSEEN_FOR

FILE = (
    "email,name,topics,Status,Shoe size\n"
    "ann@example.org,Ann,speech,active,38\n"
    "no address,Bo,speech,active,39\n"
    "cy@example.org,Cy,gardening,active,40\n"
    "dan@example.org,Dan,speech,unsubscribed,41\n"
)
AGREED = {"do": "import", "state": "active", "consent": "paper form 12"}


@pytest.fixture
def editor(signed_in):
    return signed_in(Role.EDITOR)


def upload(hand, content: bytes | str, name="readers.csv", expect=303, **fields) -> str:
    """Send a file; return the path that it leads to, below /admin."""
    data = content.encode() if isinstance(content, str) else content
    answer = hand.post(
        "/admin/readers/import",
        data={"csrf": hand.token, **fields},
        files={"file": (name, data, "text/csv")},
    )
    assert answer.status_code == expect, answer.text
    return answer.headers.get("location", "").partition("/admin")[2] or answer.text


def ended(app, action: str):
    """Return the entry of a change once its end is logged, right after what it has changed."""
    for _ in range(200):
        entry = next(one for one in audit.entries(app.database) if one.action == action)
        if entry.ended_at is not None:
            return entry
        time.sleep(0.02)
    raise AssertionError(entry)


def everybody(app) -> list[str]:
    return [one.address for one in subscriptions.iter_all(app.database)]


def figures(page: str) -> dict[str, int]:
    """Return the figures of a report."""
    return {name: int(n) for name, n in re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", page)}


def finished(hand, path: str) -> str:
    """Return the page of an import that has ended; the page itself asks to be loaded again."""
    for _ in range(400):
        page = hand.see(path)
        if 'http-equiv="refresh"' not in page:
            return page
        time.sleep(0.02)
    raise AssertionError(page)


def test_a_file_is_looked_at_and_then_imported(app, editor):
    path = upload(editor, FILE)
    page = editor.see(path)
    assert "Nothing is imported yet" in page
    assert '<option value="ignored" selected>' in page  # the shoe size
    assert '<td class="figure">3</td><td>not a mail address' in page
    assert "gardening" in page
    assert everybody(app) == []
    refused = editor.send_form(path, expect=422, do="import", state="active")
    assert "how and when they agreed" in refused.text
    assert everybody(app) == []
    editor.send_form(path, **AGREED)
    page = finished(editor, path)
    assert "<dt>added</dt><dd>2</dd>" in page
    assert "<dt>refused</dt><dd>2</dd>" in page
    assert everybody(app) == ["ann@example.org", "cy@example.org"]
    entry = ended(app, "readers.import")
    assert entry.after == {
        **{"added": 2, "changed": 0, "ended": 0, "known": 0, "suppressions": 0, "refused": 2}
    }
    assert "@" not in str(entry.after) + str(entry.asked) + entry.subject
    editor.send_form(path, **AGREED)  # pressed twice
    assert "<dt>added</dt><dd>2</dd>" in editor.see(path)


def test_columns_are_told_by_hand(app, editor):
    path = upload(editor, "Contact;Nickname\nann@example.org;Ann\nbo@example.org;Bo\n")
    page = editor.see(path, 422)
    assert "It cannot be imported like this" in page
    again = editor.send_form(
        path, expect=200, do="look", consent="form 12", **{"column-0": "email", "column-1": "name"}
    )
    assert "<dt>added</dt><dd>2</dd>" in again.text
    assert 'value="form 12"' in again.text
    assert everybody(app) == []
    editor.send_form(path, **AGREED, **{"column-0": "email", "column-1": "name"})
    finished(editor, path)
    assert [one.name for one in subscriptions.iter_all(app.database)] == ["Ann", "Bo"]


def test_whether_they_have_agreed_is_chosen_by_nobody_else(app, editor):
    path = upload(editor, FILE)
    boxes = re.findall(r'<input type="radio" name="state"[^>]*>', editor.see(path))
    assert len(boxes) == 2
    assert all("required" in box and "checked" not in box for box in boxes)
    for state in ({}, {"state": "suppressed"}):
        refused = editor.send_form(path, expect=422, do="import", consent="paper form 12", **state)
        assert "Say whether they have agreed" in refused.text
    assert everybody(app) == []


def test_looking_again_says_what_the_options_come_to(app, editor, subscribe):
    subscribe("ann", "dan")
    path = upload(editor, FILE + "CY@example.org,Cyrus,speech,active,41\n")
    counts = {name: figures(editor.see(path))[name] for name in ("added", "changed", "ended")}
    assert counts == {"added": 1, "changed": 0, "ended": 0}
    chosen = {"state": "active", "consent": "paper form 12", "update": "yes"}
    foreseen = editor.send_form(path, expect=200, do="look", **chosen).text
    assert "Line 6." in foreseen  # of the same address as line 4
    assert "of somebody new the first line counts" in foreseen.lower()
    editor.send_form(path, do="import", **chosen)
    page = finished(editor, path)
    assert figures(page) == figures(foreseen)
    assert figures(page) | {"added": 1, "changed": 1, "ended": 1} == figures(page)
    assert "Line 6." in page
    assert subscriptions.find(app.database, "cy@example.org").name == "Cy"


def test_what_is_pasted_is_a_file_too(app, editor):
    answer = editor.post(
        "/admin/readers/import",
        data={"csrf": editor.token, "pasted": "Ann <ann@example.org>\nnobody\n"},
        files={"file": ("", b"")},
    )
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"].partition("/admin")[2]
    assert "<dt>refused</dt><dd>1</dd>" in editor.see(path)
    editor.send_form(path, do="import", state="pending")
    finished(editor, path)
    assert everybody(app) == ["ann@example.org"]


def test_a_form_of_another_session_a_stranger_and_a_viewer_upload_nothing(hand, editor, signed_in):
    token, editor.token = editor.token, "0" * 64
    upload(editor, FILE, expect=403)
    editor.token = ""
    upload(editor, FILE, expect=403)
    hand.token = token
    assert "/sign-in" in upload(hand, FILE)
    upload(signed_in(Role.VIEWER), FILE, expect=403)
    assert editor.post("/admin/readers/import", data={"csrf": token}).status_code == 415


def test_an_empty_and_a_too_large_file_are_refused(editor):
    assert "empty" in upload(editor, " \n", expect=422)
    upload(editor, b"a" * (LARGEST_BYTES + 100_000), expect=413)


def test_a_file_is_its_owners_for_an_hour(app, editor, signed_in, clock):
    path = upload(editor, FILE)
    signed_in(Role.OWNER).see(path, 404)
    clock.now += timedelta(minutes=59)
    editor.see(path)
    clock.now += timedelta(minutes=2)
    editor.see(path, 404)
    assert uploads.forget(app.database, clock()) == 1


def test_one_account_keeps_few_files_and_drops_them(editor):
    paths = [upload(editor, FILE) for _ in range(uploads.MOST_KEPT)]
    assert "drop one first" in upload(editor, FILE, expect=422)
    editor.send_form(f"{paths[0]}/drop")
    editor.see(paths[0], 404)
    upload(editor, FILE)


def test_an_import_whose_process_has_ended_is_begun_again(app, editor, clock):
    path = upload(editor, FILE)
    number = int(path.rpartition("/")[2])
    account = next(each for each in audit.entries(app.database)).account
    upload_ = uploads.find(app.database, number, _account(app, account), clock())
    uploads.begin(app.database, upload_, clock())  # and its process ends
    assert "is being imported" in editor.see(path)
    editor.send_form(f"{path}/again", expect=422)
    clock.now += UNSEEN_FOR + timedelta(seconds=1)
    assert "its process has ended" in editor.see(path)
    editor.send_form(f"{path}/again")
    editor.send_form(path, **AGREED)
    finished(editor, path)
    assert len(everybody(app)) == 2


def test_whoever_is_erased_is_in_no_file_any_more(app, editor, subscribe, clock):
    subscribe("ann")
    path = upload(editor, FILE)
    reader = subscriptions.find(app.database, "ann@example.org").id
    update_preferences.erase(app.database, reader, clock())
    editor.see(path, 404)


def _account(app, address: str) -> int:
    from digest.accounts import accounts

    return next(one.id for one in accounts.list_all(app.database) if one.address == address)
