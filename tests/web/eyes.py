"""Looks at pages with axe-core: in light and dark, on a phone and on a desk.

Every rule is tried at either width and in either scheme, once each; those that colours or sizes can
break are tried in all four combinations. Our policy forbids every foreign script, so axe is put in
by the browser's own tools, in a context that leaves the policy aside (bypass_csp); no other test
has such a context. It is put into each page by the browser: to hand it over each time is dearer.
DIGEST_TEST_PICTURES names a folder for a picture of each page.
"""

import os
from pathlib import Path

import pytest

axe = pytest.importorskip("axe_playwright_python.base")
SCRIPT = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WAYS = ((1280, "light"), (1280, "dark"), (390, "dark"), (390, "light"))  # one change at a time
EVERY_RULE = {(1280, "light"), (390, "dark")}
RULES_OF_LOOKS = [
    *("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")
]
# What passed, and selectors, nobody reads here.
BRIEFLY = {"reporter": "no-passes", "selectors": False}
PICTURES = os.environ.get("DIGEST_TEST_PICTURES")
SEND_FORM = """([path, fields, kind]) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = path;
  form.enctype = kind;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement('input');
    [field.type, field.name, field.value] = ['hidden', name, value];
    form.append(field);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""
VIOLATIONS_AND_WIDTH = """async options =>
  [(await axe.run(options)).violations, document.documentElement.scrollWidth]"""
# The list of time zones is never shown, and its six hundred options are all alike.
FEW_ZONES = (
    "document.querySelectorAll('datalist option:nth-child(n+4)').forEach(one => one.remove())"
)
CHECKS = ("any", "all", "none")
URLENCODED = "application/x-www-form-urlencoded"


class Eye:
    """Opens pages and looks at each in both schemes and at both widths."""

    def __init__(self, browser, site: str) -> None:
        context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
        context.add_init_script(SCRIPT)
        self.page = context.new_page()
        self.site, self.seen = site, []

    def get(self, path: str, name: str, status: int = 200) -> None:
        answer = self.page.goto(self.site + path)
        assert answer.status == status, (path, answer.status)
        self.look(name)

    def post(
        self, path: str, name: str, status: int = 200, kind: str = URLENCODED, **fields
    ) -> None:
        if not self.page.url.startswith(self.site):
            self.page.goto(f"{self.site}/help")
        with self.page.expect_navigation() as going:
            self.page.evaluate(SEND_FORM, [path, fields, kind])
        assert going.value.status == status, (path, going.value.status)
        self.look(name)

    def look(self, name: str) -> None:
        self.page.evaluate(FEW_ZONES)
        for width, scheme in WAYS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)
            where = f"{name} at {width} in {scheme}"
            options = BRIEFLY
            if (width, scheme) not in EVERY_RULE:
                options = {**BRIEFLY, "runOnly": RULES_OF_LOOKS, "preload": False}
            found, needed = self.page.evaluate(VIOLATIONS_AND_WIDTH, options)
            assert not found, f"{where}: {[_told(each) for each in found]}"
            assert needed <= width, f"{where} needs {needed}"
            if PICTURES:
                place = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                self.page.screenshot(path=place, full_page=True)
        self.seen.append(name)


def _told(violation) -> str:
    nodes = [
        (node["html"][:120], [each["message"] for kind in CHECKS for each in node.get(kind, [])])
        for node in violation["nodes"]
    ]
    return f"{violation['id']}: {violation['help']}: {nodes[:3]}"
