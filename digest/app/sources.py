"""The live sources, and the HTTP client that asks them."""

from digest import __version__
from digest.app.clocks import Clock
from digest.app.files import Files
from digest.ground.database.engine import Database
from digest.papers.dump_loading import Classify
from digest.settings import Settings
from digest.sources.fetching import SourceFetcher
from digest.sources.http.addresses import anywhere, is_public
from digest.sources.http.fetcher import Fetcher


def build(
    settings: Settings, files: Files, classify: Classify, database: Database, clock: Clock
) -> SourceFetcher:
    """Return what asks the live sources. classify: says which topics a paper has."""
    allowed = anywhere if settings.sources_allow_private else is_public
    fetcher = Fetcher(f"digest/{__version__} (+{settings.base_url})", allowed=allowed)
    return SourceFetcher(database, files.sources, fetcher, classify, clock)
