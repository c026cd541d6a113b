"""Files of subscribers, for whoever runs the service: look at one, import it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from digest.model import SubscriberState
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from digest.subscribers.rules.file_columns import ColumnNames
from digest.web.api.access import WITH_KEY, Key
from digest.web.api.once import OnceForUpload, made
from digest.web.api.problems import documented
from digest.web.api.route import ApiRoute
from digest.web.api.subscribers import CONSENT, WRITE, consent_of
from digest.web.api.upload import Upload, body_of
from digest.web.site.view import Here

_CSV = "email,name,topics\nbob@example.org,Bob,compression:2;speech\n"
_COLUMN = Annotated[str, Query(max_length=200)]

pages = APIRouter(tags=["subscribers"], route_class=ApiRoute, responses=WITH_KEY)


class LineProblem(BaseModel):
    """A record that was refused. line: where it begins; 1 is the first."""

    line: int
    reason: str


class LineRemark(BaseModel):
    """What was understood otherwise, or could not be met. line: the first; readers: how many."""

    line: int
    remark: str
    readers: int


class ColumnTaken(BaseModel):
    """What a column was taken as: a field, or what says who must not be mailed."""

    column: str
    taken_as: str


class Imported(BaseModel):
    """What became of the records of a file, or would become of them (dry_run).

    known: who was here before and is left as they are. refused_by: how many for what reason.
    repeated: the first 1,000 lines whose address an earlier line has; of somebody new the first
    one counts. repeats: how many such lines there are.
    """

    dry_run: bool
    system: str
    form: str
    columns: list[ColumnTaken]
    added: int
    changed: int
    ended: int
    known: int
    suppressions: int
    refused: int
    refused_by: dict[str, int]
    problems: list[LineProblem]
    repeated: list[int]
    repeats: int
    remarks: list[LineRemark]
    ignored_columns: list[str]


@pages.post(
    "/imports",
    dependencies=WRITE,
    response_model=Imported,
    responses=documented(409, 413, 415, 422),
    openapi_extra=body_of(_CSV, "text/csv"),
)
def import_(
    consent: Annotated[str, Query(min_length=1, max_length=500, description=CONSENT)],
    request: Request,
    site: Here,
    key: Key,
    upload: Upload,
    once: OnceForUpload,
    mapping: Annotated[
        list[_COLUMN] | None,
        Query(alias="map", max_length=50, description="What a column is: `email=E-Mail Address`."),
    ] = None,
    ignore: Annotated[
        list[_COLUMN] | None,
        Query(max_length=50, description="A column of which no notice is taken."),
    ] = None,
    update: Annotated[bool, Query(description="Bring those who are known up to the file.")] = False,
    dry_run: Annotated[bool, Query(description="Only say what would happen.")] = False,
) -> Response:
    """Add those of a CSV file, who have agreed already; bad records cost only themselves.

    Who must not be mailed by the file is refused; the first 1,000 problems are listed.
    """
    order = ImportOrder(
        state=SubscriberState.ACTIVE,
        now=site.app.clock(),
        columns=ColumnNames.parse(mapping or (), ignore or ()),
        consent=consent_of(key, consent, request),
        update=update,
        dry_run=dry_run,
    )

    def work() -> Response:
        report = import_file(
            site.app.database, upload.path, site.app.topics.in_force.vocabulary, order
        )
        return made(Imported.model_validate(report.to_json()))

    return once(work)
