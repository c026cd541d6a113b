"""The living lab: which of two rankings readers' votes speak for, and how sure that is."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.errors import DigestError, NotFoundError
from digest.lab import history, opening
from digest.lab.rules import wording
from digest.lab.rules.verdict import Finding
from digest.lab.standing import Standing, stand
from digest.web.console.frame import Console, ConsoleForm, Owner, Viewer
from digest.web.console.plot_svg import Plot, Series, svg_response
from digest.web.numbers import KeyInPath

pages = APIRouter()
RANKINGS = {
    "standard": "what mail follows",
    "trend": "what is talked about counts eight times as much",
    "match": "what is talked about counts a fifth; topics and interests decide",
    "votes": "a reader's own votes count twice as much",
}
_FINDINGS = {
    Finding.A: "A is better",
    Finding.B: "B is better",
    Finding.NONE: "no difference found",
}
_WIDEST = 0.4  # what is known less well than that is left out of the plot
_LISTED = 60  # editions in the table


@pages.get("/lab")
def show(console: Viewer, name: str | None = None) -> HTMLResponse:
    """Show how a lab stands, without a name the newest one."""
    return _page(console, name)


@pages.get("/lab/{lab_id}/lead.svg")
def draw(lab_id: KeyInPath, console: Viewer) -> Response:
    """Draw how the lead of A went."""
    listed = {lab.id: lab for lab in history.list_labs(console.database)}
    if lab_id not in listed:
        raise HTTPException(404, "There is no such lab.")
    return svg_response(plot_of(stand(console.database, listed[lab_id].name)))


@pages.post("/lab")
def open_(console: Owner, form: ConsoleForm) -> Response:
    """Open a lab."""
    typed = {each: form.text(each) for each in ("name", "a", "b", "planned")}
    try:
        with console.audited("lab.open", "lab", typed) as note:
            planned = _number(typed["planned"])
            lab = opening.open_lab(
                console.database,
                *(typed["name"], typed["a"], typed["b"]),
                now=console.now(),
                planned=planned,
            )
            note.after = {"name": lab.name, "a": lab.a, "b": lab.b, "planned": lab.planned}
    except DigestError as exc:
        return _page(console, None, str(exc), 422, typed)
    return console.back("/lab", "opened")


@pages.post("/lab/close")
def close(console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Close the open lab."""
    with console.audited("lab.close", "lab") as note:
        lab = opening.close_lab(console.database, now=console.now())
        note.after = {"name": lab.name}
    return console.back("/lab", "closed")


def _number(text: str) -> int:
    """Return a number as typed; one that is none is out of every bound."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(
    console: Console,
    name: str | None,
    mistake: str = "",
    status: int = 200,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    labs = history.list_labs(console.database)
    standing = _standing(console, name)
    return console.page(
        "lab.html",
        status,
        labs=labs,
        is_open=any(lab.closed_at is None for lab in labs),
        standing=standing,
        sentences=_sentences(standing) if standing else [],
        newest_first=list(standing.editions)[: -_LISTED - 1 : -1] if standing else [],
        plot=plot_of(standing) if standing and standing.editions else None,
        participants=history.participants(console.database),
        most_counted=history.MOST_COUNTED,
        rankings=RANKINGS,
        findings={finding.value: words for finding, words in _FINDINGS.items()},
        mistake=mistake,
        typed=typed or {"name": "", "a": "standard", "b": "trend", "planned": str(opening.PLANNED)},
    )


def _standing(console: Console, name: str | None) -> Standing | None:
    try:
        return stand(console.database, name)
    except NotFoundError:
        if name is not None:
            raise
        return None


def _sentences(standing: Standing) -> list[str]:
    lab, verdict, days = standing.lab, standing.verdict, len(standing.editions)
    return [
        wording.result(verdict, lab.a, lab.b),
        wording.certainty(verdict, lab.a, lab.b),
        wording.outlook(verdict, days),
    ]


def plot_of(standing: Standing) -> Plot:
    """Return how the lead of A went, edition by edition, and what it might really have been."""
    points = history.course(standing)

    def per_hundred(name: str) -> list[float | None]:
        known = [one.high - one.low <= 2 * _WIDEST for one in points]
        values = [round(100 * getattr(one, name), 2) for one in points]
        return [value if sure else None for value, sure in zip(values, known, strict=True)]

    return Plot(
        f"Mails won by {standing.lab.a} beyond those won by {standing.lab.b}, of 100 with a vote",
        [f"{one.date.day} {one.date:%b}" for one in points],
        (
            Series("lead", per_hundred("lead")),
            Series("it may be as low as", per_hundred("low"), limit=True),
            Series("or as high as", per_hundred("high"), limit=True),
        ),
    )
