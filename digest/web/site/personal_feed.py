"""A reader's own feed: what the newest editions brought, or would bring, at a secret address.

The feed opens nothing: no link in it leads to the reader's subscription, and no word names them.
"""

from fastapi import APIRouter, Request, Response

from digest.editions.store.editions import OpenEdition
from digest.model import Pick
from digest.render.feeds import Feed, Item
from digest.subscribers import personal_feed, unsubscribe
from digest.web.security_headers import UNLISTED
from digest.web.site.feeds import NEVER, Kind, answer, item_of
from digest.web.site.view import Here, Site

pages = APIRouter()
EDITIONS = 7  # a feed reader that looks once a week misses nothing
# The asker may keep it, and asks each time whether it is still true; no cache between us may.
OWN = {"Cache-Control": "private, no-cache", **UNLISTED}


@pages.get("/f/{token}/feed.{kind}")
def feed(token: str, kind: Kind, request: Request, site: Here) -> Response:
    """Return a reader's feed. It changes with their preferences too, so no date can say when."""
    reader = personal_feed.read(site.app.database, site.tokens, token)
    site = site.for_reader(unsubscribe.get(site.app.database, reader))
    recent = site.library.recent_picks(reader, EDITIONS)
    items = [item for edition, picks in recent for item in _items(site, edition, picks)]
    at = max((item.at for item in items), default=NEVER)
    base = site.app.identity.letterhead.base_url
    tag = f"tag:{site.app.editions.rules.domain},2026:feed/of/{reader}"
    title = site.language.gettext("%(name)s: your picks", name=site.app.identity.letterhead.name)
    address = f"{base}/f/{token}/feed.{kind}"
    return answer(request, kind, Feed(tag, title, address, f"{base}/archive", at, items), OWN)


def _items(site: Site, edition: OpenEdition, picks: tuple[Pick, ...]) -> list[Item]:
    at = edition.edition.sends_at
    candidates = {each.paper.id: each for each in edition.edition.candidates}
    items = []
    for pick in picks:
        candidate = candidates[pick.paper_id]
        why = site.why(pick.reason, candidate.trend)
        items.append(item_of(site, candidate.paper, at, f"{why}."))
    return items
