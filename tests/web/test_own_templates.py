"""An operator's own pages and mail templates, in a sandbox."""

import pytest
from jinja2.exceptions import SecurityError

from digest.app import App, build_app
from digest.errors import SettingsError
from digest.settings import load_settings
from digest.web.limits import Rates
from digest.web.site.view import Site


@pytest.fixture
def make(sqlite_url, tmp_path):
    def build(**settings) -> App:
        return build_app(
            load_settings(
                database_url=sqlite_url, secret_key="a key for the tests only", **settings
            )
        )

    return build


def test_a_page_of_the_operator_replaces_ours(make, tmp_path):
    (tmp_path / "help.html").write_text("<p>{{ name }}: {{ _('Help') }}, our way</p>", "utf-8")
    site = Site(make(web_templates=tmp_path), Rates())
    assert site.public_page("help.html").body == b"<p>Daily papers: Help, our way</p>"
    assert b"Hilfe, our way" in site.speaking("de").public_page("help.html").body
    assert b"deleted" in site.page("erased.html").body


def test_a_page_of_the_operator_gets_no_power_over_the_service(make, tmp_path):
    (tmp_path / "help.html").write_text("{{ ''.__class__.__mro__ }}", "utf-8")
    with pytest.raises(SecurityError):
        Site(make(web_templates=tmp_path), Rates()).public_page("help.html")


def test_a_theme_with_too_little_contrast_stops_the_start(make, tmp_path):
    file = tmp_path / "theme.toml"
    file.write_text('[light]\nmuted = "#cccccc"\n', "utf-8")
    with pytest.raises(SettingsError, match="contrast of muted on ground"):
        _ = make(theme=file).files.theme
    with pytest.raises(SettingsError, match="DIGEST_THEME"):
        _ = make(theme=tmp_path / "none.toml").files.theme
