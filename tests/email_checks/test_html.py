"""The HTML parts by the rules of HTML: vnu, the checker of the W3C, and html-validate.

vnu runs with all of its rules. What html-validate is not asked is in tests/node/htmlvalidate.json,
and why in docs/why/checks.md.
"""

import pytest

from tests.email_checks import mails


@pytest.mark.parametrize("name", mails.SHOWN)
def test_vnu_finds_no_error(name, vnu):
    assert vnu[name] == []


@pytest.mark.parametrize("name", mails.SHOWN)
def test_html_validate_finds_no_error(name, html_validate):
    assert html_validate[name] == []
