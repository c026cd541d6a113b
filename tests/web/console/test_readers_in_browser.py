"""The pages about readers in a real browser: axe finds nothing; an import without a script."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.accounts import signing_in
from digest.model import Role, Stage
from digest.subscribers import subscriptions
from digest.subscribers.files import uploads
from digest.workers import local
from tests.factories import DAY
from tests.web.console.conftest import make_account
from tests.web.eyes import Eye

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = "email,name,Shoe size\nann@example.org,Ann,38\nno address,Bo,39\ncy@example.org,Cy,40\n"


def signed_in(app, site: str, account) -> dict[str, str]:
    """Return the cookie of somebody who is signed in."""
    secret = signing_in.begin(app.database, account.id, Stage.FULL, "a browser", app.clock())
    return {"name": "digest", "value": secret, "url": site}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_axe_finds_nothing(browser, app, site, subscribe):
    account = make_account(app, Role.OWNER)
    subscribe("ann", "bob")
    reader = subscriptions.find(app.database, "ann@example.org").id
    with ThreadPoolExecutor(1) as thread:  # the browser has an event loop in this one
        thread.submit(local.send, app, DAY).result()
    file = uploads.keep(app.database, account.id, "list.csv", FILE.encode(), app.clock())
    eye = Eye(browser, site)
    eye.page.context.add_cookies([signed_in(app, site, account)])
    for path in (
        *("", "?state=active", f"/{reader}", f"/{reader}/why", f"/{reader}/wishes"),
        *("/growth", "/import", f"/import/{file}"),
    ):
        name = path.strip("/?").replace("/", "-").replace("=", "-")
        eye.get(f"/admin/readers{path}", f"console-readers-{name or 'list'}")
    eye.page.context.close()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_file_is_imported_without_a_script(browser, app, site):
    account = make_account(app, Role.EDITOR)
    page = browser.new_page(java_script_enabled=False)
    page.context.add_cookies([signed_in(app, site, account)])
    page.goto(f"{site}/admin/readers/import")
    page.get_by_label("File").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Look at it").click()
    assert "not a mail address" in page.content()
    page.get_by_label("They have agreed").check()
    page.get_by_label("How and when they agreed").fill("paper form 12")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("The file is imported").wait_for(timeout=30_000)
    page.context.close()
    assert [one.name for one in subscriptions.iter_all(app.database)] == ["Ann", "Cy"]
