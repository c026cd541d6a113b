"""axe-core and no sideways scrolling on the pages of topics, in light and dark, narrow and wide."""

import pytest

from digest.catalogues.saving import Author
from digest.model import Role
from tests.web.test_accessible import Eye

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("app", ["sqlite"], indirect=True),
]


def test_no_page_of_topics_has_a_violation(app, site, browser, signed_in):
    hand = signed_in(Role.EDITOR)
    hand.see("/topics/versions")
    app.topics.save(app.topics.in_force.data.decode() + "\n# more\n", Author("ann", "why"))
    with app.database.write() as session:
        session.connection().exec_driver_sql("UPDATE catalogue_versions SET file_hash = 'old'")
        session.connection().exec_driver_sql("DELETE FROM paper_topics")
    app.look_at_catalogue()
    eye = Eye(browser, site)
    cookie = {"name": "digest", "value": hand.cookies["digest"], "url": site}
    eye.page.context.add_cookies([cookie])
    for path in ("", "/without", "/versions", "/versions/1?against=0", "/of/speech"):
        eye.get(f"/admin/topics{path}", f"topics{path}")
    eye.page.fill("#sure", "a\nthe\nwith\nfor\nof")
    eye.page.fill("#title", "a\nthe\nwith\nfor\nof")
    eye.page.click("text=Try it")
    eye.page.wait_for_selector("#trial")
    eye.look("a trial")
    eye.page.fill("#sure", "a + b\n!")
    eye.page.click("text=Save a version")
    eye.page.wait_for_selector("[role=alert]")
    eye.look("a mistake")
    assert app.topics.in_force.number == 1
