"""The OpenAPI document: what the framework finds out, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from digest import __version__
from digest.web.api.problems import Mistake, Problem
from digest.web.site.view import Site

WORDS = """Editions, papers and topics for everybody; subscribing and preferences for readers;
subscribers, dumps, sending and the ledger for whoever has a key. Errors are problem details
(RFC 9457). The manual is docs/use/api.md."""


def describe(web: FastAPI, site: Site) -> None:
    """Let the pages describe their API; the document is made once, when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if web.openapi_schema is None:
            found = get_openapi(
                title=f"{site.app.identity.letterhead.name}: API",
                version=__version__,
                description=WORDS,
                routes=web.routes,
                servers=[{"url": site.root or "/"}],
                separate_input_output_schemas=False,
            )
            web.openapi_schema = _completed(found, sorted(site.topic_names))
        return web.openapi_schema

    web.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's manual does it


def _completed(document: dict[str, Any], topics: list[str]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for model in (Problem, Mistake):
        found = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found.pop("$defs", None)
        schemas[model.__name__] = found
    for unused in ("HTTPValidationError", "ValidationError"):  # ours are problems
        schemas.pop(unused, None)
    schemas["PreferencesModel"]["properties"]["topics"]["propertyNames"] = {"enum": topics}
    return document
