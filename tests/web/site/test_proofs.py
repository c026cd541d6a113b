import base64
import json
import re
import threading
from dataclasses import replace
from datetime import timedelta

import altcha
import pytest

from digest.subscribers.store import subscribers
from digest.web.site.proofs import VALID_FOR

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def app(app):
    """The service with proofs asked for."""
    other = replace(app, settings=replace(app.settings, **{"proof_of_work": True}))
    yield other
    other.close()


@pytest.fixture
def token(web, clock) -> str:
    found = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
    clock.now += timedelta(seconds=10)
    return found


@pytest.fixture
def solve(web):
    """Solve a challenge as the script does."""

    def work() -> str:
        challenge = altcha.Challenge.from_dict(web.get("/proof").json())
        solution = altcha.solve_challenge(challenge)
        return altcha.Payload(challenge=challenge, solution=solution).to_base64()

    return work


@pytest.fixture
def submit(web, token):
    numbers = iter(range(1000))

    def send(proof: str, visitor: str = ""):
        data = {"email": f"a{next(numbers)}@example.org", "token": token, "proof": proof}
        visitor = visitor or f"198.51.100.{next(numbers)}"
        return web.post("/subscribe", data=data, headers={"X-Forwarded-For": visitor})

    return send


def changed(proof: str, **parameters: object) -> str:
    payload = json.loads(base64.b64decode(proof))
    payload["challenge"]["parameters"] |= parameters
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_proof_counts_once_and_for_half_an_hour(submit, solve, served, clock):
    proofs = served[0].state.site.proofs
    proof = solve()
    assert proofs.accept(proof)
    assert not proofs.accept(proof)
    late = solve()
    clock.now += VALID_FOR + timedelta(seconds=1)
    assert not proofs.accept(late)
    assert proofs.accept(solve())
    assert len(proofs._used) == 1


def test_forged_proofs_do_not_count(solve, served, clock):
    proofs = served[0].state.site.proofs
    proof = solve()
    far = int((clock.now + timedelta(days=9)).timestamp())
    deep = base64.b64encode(b'{"challenge":' + b"[" * 20_000).decode()
    for wrong in (
        *("", "x", "é", "bnVsbA==", deep, changed(proof, data={"until": far})),
        *(changed(proof, cost=1), changed(proof, keyPrefix=""), changed(proof, data=None)),
    ):
        assert not proofs.accept(wrong)
    assert proofs.accept(proof)


def test_with_a_proof_the_usual_limits_hold_and_without_narrower_ones(submit, solve):
    assert [submit("", "198.51.100.1").status_code for _ in range(3)] == [200, 200, 429]
    assert submit(solve(), "198.51.100.1").status_code == 200
    refused = [submit("").status_code for _ in range(25)].count(429)
    assert refused == 25 - 18  # 20 at once from all visitors, two were let in before
    answer = submit("forged")
    assert answer.status_code == 429
    assert "JavaScript" in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert submit(solve()).status_code == 200


def test_only_pages_with_the_form_may_run_our_script(web):
    home = web.get("/")
    assert home.text.count("<script") == 2
    assert re.search(r'<script src="/proof\.js\?v=[0-9a-f]{12}" defer></script>', home.text)
    again = web.post("/subscribe", data={"email": "ann@example.org"})
    for page in (home, again):
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "script-src 'self'; connect-src 'self'" in policy
        assert "unsafe" not in policy
    assert "script-src" not in web.get("/help").headers["content-security-policy"]
    assert web.get("/proof").headers["cache-control"] == "no-store"
    assert web.get("/proof.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.browser
def test_a_look_back_asks_for_no_proof(browser, site, served):
    page = browser.new_page()
    page.goto(site)
    page.get_by_label("Your email address").fill("hello")
    page.get_by_role("button", name="See what would have come").click()
    page.get_by_role("heading", name="Before you subscribe").wait_for()
    assert page.url.endswith("/preview#preview")
    assert page.get_by_label("Your email address").input_value() == "hello"
    assert served[0].state.site.proofs._used == {}
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_a_real_browser_subscribes_with_and_without_script(
    browser, site, served, clock, app, settled, script
):
    page = browser.new_page(java_script_enabled=script)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.goto(site)
    clock.now += timedelta(seconds=10)
    page.get_by_label("Your email address").fill("ann@example.org")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    page.close()
    waiting = threading.Thread(target=settled)
    waiting.start()
    waiting.join()
    form = next(body for body in sent if body.startswith("email") or "email=" in body)
    assert bool(re.search(r"proof=\w{100}", form)) is script
    used = served[0].state.site.proofs._used
    assert len(used) == (1 if script else 0)
    assert messages == []
    with app.database.read() as session:
        assert subscribers.get(session, "ann@example.org") is not None
