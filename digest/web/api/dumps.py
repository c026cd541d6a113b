"""Dumps as uploads: what `digest ingest` does with a file."""

import os
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from digest.api_keys.keys import Scope
from digest.errors import DumpError
from digest.papers import ingest
from digest.papers.ingest import IngestReport
from digest.web.api.access import WITH_KEY, may
from digest.web.api.once import OnceForUpload, made
from digest.web.api.problems import documented
from digest.web.api.route import ApiRoute, Day
from digest.web.api.upload import Upload, body_of
from digest.web.site.view import Here

_DUMP = """new

Subscribe

Nov 19

Careful quantization of weights: a made-up study

We propose a careful method for the quantization of weights. It needs no labels, and wins on nine
data sets by 2.1 points, at half of the cost of the strongest method that was known before.
"""

pages = APIRouter(tags=["dumps"], route_class=ApiRoute, responses=WITH_KEY)


class RefusalOut(BaseModel):
    """An entry that was refused."""

    line: int
    reason: str


class DumpOut(BaseModel):
    """What became of a dump. status: known when the same content came before."""

    file: str
    status: Literal["new", "known", "refused"]
    date: date | None
    entries: int
    new: int
    repeated: int
    revised: int
    reason: str
    refusals: list[RefusalOut]


class IngestOut(BaseModel):
    """What `digest ingest --json` prints."""

    dumps: list[DumpOut]
    entries: int
    papers: int
    repeats: int
    revised: int
    refused: int


@pages.post(
    "/dumps",
    dependencies=[may(Scope.INGEST_WRITE)],
    response_model=IngestOut,
    responses=documented(409, 413, 415, 422),
    openapi_extra=body_of(_DUMP, "text/plain", "application/octet-stream"),
)
def ingest_dump(
    site: Here,
    upload: Upload,
    once: OnceForUpload,
    name: Annotated[
        str, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="Of the file.")
    ] = "upload.txt",
    date: Annotated[Day | None, Query(description="Like `--date` of the command.")] = None,
) -> Response:
    """Load a dump; the same content again changes nothing. A refused dump is a 422 that says why.

    Entries that cannot be taken are listed in `refusals`; the others are loaded.
    """
    app = site.app
    path = upload.path.rename(upload.path.with_name(name))
    moment = app.clock().timestamp()  # a year that the dump lacks is taken from the file's time
    os.utime(path, (moment, moment))

    def work() -> Response:
        report = ingest.ingest(
            app.database,
            [path],
            now=app.clock(),
            given=date,
            classify=app.topics.classify,
        )
        (dump,) = report.dumps
        if dump.status == "refused":
            raise DumpError(dump.reason, line=dump.line)
        named = IngestReport((replace(dump, file=name),))
        return made(IngestOut.model_validate(named.to_json()))

    return once(work)
