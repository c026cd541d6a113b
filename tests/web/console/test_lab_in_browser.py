"""axe-core on the pages of the lab, in light and dark, on a phone and on a desk: no violation."""

from datetime import timedelta

import pytest

from digest.lab import opening
from tests.web.console.test_lab import add_counts
from tests.web.test_accessible import Eye


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_page_is_accessible(app, browser, site, signed_in):
    owner = signed_in()
    eye = Eye(browser, site)
    cookie = {"name": "digest", "value": owner.cookies["digest"], "url": site}
    eye.page.context.add_cookies([cookie])
    eye.get("/admin/lab", "no-lab")
    opening.open_lab(app.database, "spring", "match", "trend", now=app.clock(), planned=500)
    add_counts(app, *[(30, 20, 10)] * 12)
    eye.get("/admin/lab", "lab")
    opening.close_lab(app.database, now=app.clock() + timedelta(days=30))
    eye.get("/admin/lab", "closed-lab")
    eye.page.context.close()
