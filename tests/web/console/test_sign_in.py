"""Nothing without an account; sign in by password and code, by link, by passkey; sign out."""

import re
from base64 import b32encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from digest.accounts import accounts, audit, codes, links, passkeys, passwords, signing_in
from digest.accounts.passkeys import RelyingParty
from digest.accounts.passwords import BusyError
from digest.accounts.rules.endings import IDLE, INVITATION_LASTS, LASTS
from digest.accounts.store import sessions
from digest.errors import InputError, LinkError
from digest.model import Role, Stage
from digest.web.limits import Rates
from digest.web.sign_in_limits import SignInLimits
from tests.web.console.conftest import CSRF, KEY, PASSWORD, code_at, make_account

LINK = re.compile(r"/admin(/link/[\w-]+)")


def test_without_an_account_there_is_no_console(hand):
    for path in ("", "/sign-in", "/readers", "/console.css", "/accounts"):
        assert hand.get(f"/admin{path}").status_code == 404
    assert hand.post("/admin/sign-in", data={"address": "a@example.org"}).status_code == 404


def test_password_and_code_open_the_console(app, hand, clock):
    make_account(app, Role.OWNER)
    clock.now += LASTS  # the code that set the authenticator up is used
    first = hand.get("/admin/accounts")
    assert first.status_code == 303
    assert first.headers["location"] == "/admin/sign-in?next=/accounts"
    fields = {"address": "Owner@example.org", "password": PASSWORD, "next": "/accounts"}
    answer = hand.send_form("/sign-in", **fields)
    assert answer.headers["location"] == "/admin/code?next=/accounts"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/admin" in cookie
    assert hand.get("/admin/accounts").status_code == 303  # half is not enough
    hand.see("/code?next=/accounts")
    half = hand.cookies["digest"]
    answer = hand.send_form("/code", code=code_at(app), next="/accounts")
    assert answer.headers["location"] == "/admin/accounts"
    assert hand.cookies["digest"] != half
    assert "owner@example.org" in hand.see("/accounts")
    hand.cookies.clear()
    hand.cookies.set("digest", half)
    assert hand.get("/admin/accounts").status_code == 303  # the half session is gone


def test_a_code_is_used_once_and_a_session_has_five_tries(app, hand, clock):
    make_account(app, Role.OWNER)
    hand.send_form("/sign-in", address="owner@example.org", password=PASSWORD)
    hand.see("/code")
    for _ in range(4):
        hand.send_form("/code", 422, code=code_at(app))  # it set the authenticator up
    assert "wrong" in hand.send_form("/code", 422, code="000000").text
    assert hand.get("/admin/code").status_code == 303


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"address": "nobody@example.org"}, {}])
def test_a_wrong_password_and_a_wrong_address_are_answered_alike(app, hand, fields):
    make_account(app, Role.OWNER)
    sent = {"address": "owner@example.org", "password": PASSWORD, **fields}
    if not fields:
        sent["password"] = ""
    answer = hand.send_form("/sign-in", 422, **sent)
    assert "Address or password is wrong." in answer.text
    assert "digest" not in hand.cookies


def test_who_tries_too_often_waits(app, hand):
    make_account(app, Role.OWNER)
    tried = [
        hand.post("/admin/sign-in", data={"address": "owner@example.org", "password": "x"})
        for _ in range(12)
    ]
    assert tried[-1].status_code == 429
    assert "seconds" in tried[-1].text


def test_an_invitation_sets_an_account_up(app, hand, sink, settled, clock):
    account = accounts.add(app.database, "new@example.org", Role.EDITOR, app.clock())
    links.invite_by_mail(app.database, account, app.clock())
    settled()
    (message,) = sink.messages
    path = LINK.search(message.data.decode().replace("=\r\n", ""))[1]
    assert "Continue" in hand.see(path)
    assert hand.see(path)  # to look uses nothing up
    answer = hand.send_form(path)
    assert answer.headers["location"] == "/admin/code"
    assert hand.get("/admin/code").headers["location"] == "/admin/set-up"
    hand.see("/set-up")
    bad = hand.send_form("/set-up/password", 422, password="new@example.org", again="")
    assert "differ" in bad.text
    short = hand.send_form("/set-up/password", 422, password="short", again="short")
    assert "at least 12" in short.text
    hand.send_form("/set-up/password", password=PASSWORD, again=PASSWORD)
    page = hand.see("/set-up")
    assert "<svg" in page
    assert hand.send_form("/set-up/authenticator", 422, key=KEY.hex(), code="000000")
    hand.send_form("/set-up/authenticator", key=KEY.hex(), code=code_at(app))
    assert "editor" in hand.see("/account")
    assert hand.get(f"/admin{path}").status_code == 404  # the link is used up


def test_a_link_by_mail_takes_the_place_of_the_password_alone(app, hand, sink, settled, clock):
    make_account(app, Role.OWNER)
    clock.now += LASTS
    answer = hand.post("/admin/sign-in/link", data={"address": "owner@example.org"})
    other = hand.post("/admin/sign-in/link", data={"address": "nobody@example.org"})
    assert answer.text == other.text
    settled()
    (message,) = sink.messages
    assert message.recipients == ("owner@example.org",)
    path = LINK.search(message.data.decode().replace("=\r\n", ""))[1]
    hand.send_form(path)
    hand.see("/code")
    assert hand.get("/admin/set-up").status_code == 403  # a mailbox replaces no second factor
    refused = hand.send_form("/set-up/authenticator", 403, key=KEY.hex(), code=code_at(app))
    assert "completely" in refused.text
    hand.send_form("/code", code=code_at(app))
    hand.see("/account")
    other = "nine green frogs singing"
    hand.send_form("/account/password", password=other, again=other)  # without the present one


def test_an_old_invitation_is_none(app, hand, clock):
    account = accounts.add(app.database, "new@example.org", Role.EDITOR, app.clock())
    token = links.invite(app.database, app.identity.token_signer, account, app.clock())
    clock.now += INVITATION_LASTS
    assert hand.get(f"/admin/link/{token}").status_code == 404
    assert hand.post(f"/admin/link/{token}").status_code == 404


def test_a_reset_ends_links_sessions_and_factors(app, hand, signed_in):
    owner, editor = signed_in(Role.OWNER), signed_in(Role.EDITOR)
    account = accounts.find(app.database, "editor@example.org")
    token = links.invite(app.database, app.identity.token_signer, account, app.clock())
    owner.send_form(f"/accounts/{account.id}/reset")
    assert editor.get("/admin/more").status_code == 303
    assert hand.get(f"/admin/link/{token}").status_code == 404
    again = accounts.get(app.database, account.id)
    assert not again.has_password
    assert not again.has_second_factor


def test_sessions_end_by_age_by_idleness_by_hand_and_by_a_new_password(app, signed_in, clock):
    one, two, three = signed_in(), signed_in(), signed_in()
    page = one.see("/account")
    (ended, *_) = re.findall(r"/account/sessions/(\d+)/end", page)
    one.send_form(f"/account/sessions/{ended}/end")
    states = sorted(each.get("/admin/more").status_code for each in (two, three))
    assert states == [200, 303]
    other = "nine green frogs singing"
    wrong = one.send_form("/account/password", 422, present="x", password=other, again=other)
    assert "present password is wrong" in wrong.text
    one.send_form("/account/password", present=PASSWORD, password=other, again=other)
    assert one.get("/admin/more").status_code == 200
    assert {each.get("/admin/more").status_code for each in (two, three)} == {303}
    clock.now += IDLE
    assert one.get("/admin/more").status_code == 303
    used = signed_in()
    for _ in range(16):
        clock.now += IDLE * 0.9
        last = used.get("/admin/more").status_code
    assert last == 303  # however much it is used


def test_signing_out_ends_the_session(signed_in):
    hand = signed_in()
    secret = hand.cookies["digest"]
    hand.send_form("/sign-out")
    assert hand.get("/admin/more").status_code == 303
    hand.cookies.set("digest", secret)
    assert hand.get("/admin/more").status_code == 303


def test_next_leads_nowhere_else(app, hand, clock):
    make_account(app, Role.OWNER)
    clock.now += LASTS
    hand.send_form("/sign-in", address="owner@example.org", password=PASSWORD)
    hand.see("/code")
    answer = hand.send_form("/code", code=code_at(app), next="//evil.example/")
    assert answer.headers["location"] == "/admin"


def test_forms_of_others_are_refused(signed_in):
    hand = signed_in()
    for token in ("", "0" * 64, signed_in().token):
        answer = hand.post("/admin/sign-out", data={"csrf": token})
        assert answer.status_code == 403
    foreign = {"sec-fetch-site": "cross-site"}
    answer = hand.post("/admin/sign-out", data={"csrf": hand.token}, headers=foreign)
    assert answer.status_code == 403
    assert hand.get("/admin/more").status_code == 200


def test_roles_are_refused_what_they_may_not(signed_in):
    for role in (Role.VIEWER, Role.EDITOR):
        hand = signed_in(role)
        assert "needs the role owner" in hand.see("/accounts", 403)
        hand.send_form("/accounts", 403, address="new@example.org", role="owner")


def test_the_last_owner_stays_and_every_change_is_in_the_audit_log(app, signed_in):
    owner = signed_in()
    own = accounts.find(app.database, "owner@example.org")
    answer = owner.send_form(f"/accounts/{own.id}/role", 422, role="viewer")
    assert "only owner" in answer.text
    owner.send_form("/accounts", address="new@example.org", role="editor")
    again = owner.send_form("/accounts", 422, address="new@example.org", role="editor")
    assert "account of new@example.org already" in again.text
    new = accounts.find(app.database, "new@example.org")
    owner.send_form(f"/accounts/{new.id}/role", role="owner")
    owner.send_form(f"/accounts/{own.id}/remove", 422)
    owner.send_form(f"/accounts/{new.id}/remove")
    found = [
        (each.action, each.before, each.after, bool(each.error))
        for each in audit.entries(app.database)
    ]
    assert found == [
        ("account.remove", {"role": "owner"}, None, False),
        ("account.role", {"role": "editor"}, {"role": "owner"}, False),
        ("account.add", None, None, True),
        (
            "account.add",
            None,
            {"account": new.id, "address": "new@example.org", "role": "editor"},
            False,
        ),
        ("account.role", {"role": "owner"}, None, True),
    ]
    page = owner.see(f"/audit?subject=account+{new.id}")
    assert page.count("<td>owner@example.org</td>") == 2


def test_a_session_that_was_ended_meanwhile_is_not_completed(app, signed_in):
    owner = signed_in()
    make_account(app, Role.EDITOR)
    account = accounts.find(app.database, "editor@example.org")
    secret = signing_in.begin(app.database, account.id, Stage.FIRST, "a browser", app.clock())
    half = signing_in.find(app.database, secret, app.clock())
    owner.send_form(f"/accounts/{account.id}/reset")
    with pytest.raises(LinkError, match="has ended"):
        signing_in.complete(app.database, half.sign_in, account.id, app.clock(), "a browser")
    assert codes.check(app.database, account.id, half.sign_in.id, "000000", app.clock()) == (
        False,
        False,
    )


def test_many_codes_at_once_are_no_more_tries_than_one_after_another(app):
    account = make_account(app, Role.OWNER)
    secret = signing_in.begin(app.database, account.id, Stage.FIRST, "a browser", app.clock())
    half = signing_in.find(app.database, secret, app.clock()).sign_in
    with ThreadPoolExecutor(12) as threads:
        tried = list(
            threads.map(
                lambda _: codes.check(app.database, account.id, half.id, "000000", app.clock()),
                range(24),
            )
        )
    assert tried.count((False, True)) == 4  # the fifth ended it
    with app.database.read() as session:
        assert sessions.locked(session, half.id) is None


def test_an_account_of_which_codes_are_guessed_takes_none_for_an_hour(app, clock):
    account = make_account(app, Role.OWNER)
    clock.now += LASTS

    def attempt(code: str) -> bool:
        secret = signing_in.begin(app.database, account.id, Stage.FIRST, "a browser", app.clock())
        half = signing_in.find(app.database, secret, app.clock()).sign_in
        for _ in range(5):
            right, again = codes.check(app.database, account.id, half.id, code, app.clock())
            if right or not again:
                return right
        return False

    assert not any(attempt("000000") for _ in range(4))
    assert not attempt(code_at(app))
    clock.now += timedelta(hours=1, seconds=1)
    assert attempt(code_at(app))
    found = [each.action for each in audit.entries(app.database)]
    assert found.count("account.wrong-codes") == 5


def test_factors_are_changed_soon_after_signing_in_and_logged(app, signed_in, clock):
    owner, other = signed_in(), signed_in()
    key = bytes(reversed(KEY))
    code = pyotp.TOTP(b32encode(key).decode().rstrip("=")).at(app.clock())
    clock.now += timedelta(minutes=16)
    refused = owner.send_form("/set-up/authenticator", 403, key=key.hex(), code=code)
    assert "Sign out and in again" in refused.text
    fresh = signed_in()
    code = pyotp.TOTP(b32encode(key).decode().rstrip("=")).at(app.clock())
    fresh.send_form("/set-up/authenticator", key=key.hex(), code=code)
    assert other.get("/admin/more").status_code == 303  # the other browsers are signed out
    assert audit.entries(app.database)[0].action == "account.authenticator"


def test_a_stranger_does_not_lock_an_owner_out(app):
    limits = SignInLimits(Rates(), app.clock)
    assert any(limits.attempt("203.0.113.9", "owner@example.org") for _ in range(40))
    assert not limits.attempt("198.51.100.7", "owner@example.org")
    assert not limits.attempt("198.51.100.7", "owner@example.org", what="link")


def test_a_flood_of_passwords_is_refused_and_not_queued(app):
    account = make_account(app, Role.OWNER)
    passwords.choose(app.database, account.id, account.address, PASSWORD, session_id=0)
    with ThreadPoolExecutor(16) as threads:
        asked = [
            threads.submit(passwords.is_right, app.database, account.id, PASSWORD)
            for _ in range(16)
        ]
    refused = [each for each in asked if isinstance(each.exception(), BusyError)]
    assert refused
    assert {each.result() for each in asked if each not in refused} == {True}
    assert passwords.is_right(app.database, account.id, PASSWORD)


@pytest.mark.parametrize(
    "answer",
    ["[" * 20000, "9" * 5000, "", "{}", "[]", "null", '{"id": 1}', '{"id": "a", "rawId": "a"}'],
)
def test_what_no_passkey_answers_is_refused_in_words(app, hand, answer):
    owner = make_account(app, Role.OWNER)
    asked = hand.post("/admin/passkey/ask", data={"next": ""})
    assert asked.status_code == 200
    hand.token = CSRF.search(asked.text)[1]
    page = hand.send_form("/passkey/answer", expect=422, answer=answer)
    assert "passkey was not accepted" in page.text
    party = RelyingParty("example.org", "https://example.org", "digest")
    secret = signing_in.begin(app.database, owner.id, Stage.FULL, "", app.clock())
    session_id = signing_in.find(app.database, secret, app.clock()).sign_in.id
    passkeys.ask_new(app.database, party, owner, session_id)
    with pytest.raises(InputError, match="not accepted"):
        passkeys.add(app.database, party, owner.id, session_id, answer, "", app.clock())
