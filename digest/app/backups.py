"""Backups: made, put back, and merged with what the disks know."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digest.app.app import App
from digest.backups import backup as making
from digest.backups import merging, putting_back
from digest.backups.manifest import Manifest
from digest.backups.merging import MergeReport
from digest.installation import marks
from digest.model import DeliveryState


@dataclass(slots=True)
class RestoreReport:
    """What a restore did. aside: where the database is now that was there before.

    recovered: deliveries that journals of killed workers settled.
    """

    merged: MergeReport
    aside: str = ""
    recovered: Counter[DeliveryState] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        recovered = {state.value: count for state, count in self.recovered.items()}
        return {"aside": self.aside, "recovered": recovered, **self.merged.to_json()}


def backup(
    app: App, folder: Path, *, keep: int, progress: Callable[[int, int], None]
) -> tuple[Path, Manifest]:
    """Back the database up: see `backups.backup`."""
    return making.backup(app.database, folder, app.clock(), keep=keep, progress=progress)


def check(app: App, others: Sequence[Path]) -> RestoreReport:
    """Return what accepting the database would merge into it; nothing is changed.

    others: copies of the folders of marks of other machines.
    """
    return RestoreReport(merging.check(app.database, _folders(app, others), app.clock()))


def accept(app: App, others: Sequence[Path], without: Sequence[str] = ()) -> RestoreReport:
    """Merge into the database what the disks know, and let mail go on.

    without: names of machines that are lost with what they have seen.
    """
    merged = merging.accept(app.database, _folders(app, others), app.clock(), without)
    return RestoreReport(merged, recovered=app.delivery.recover())


def restore(app: App, path: Path, others: Sequence[Path]) -> RestoreReport:
    """Put a backup back, upgrade it to this program's schema, and merge what the disks know."""
    aside = putting_back.put_back(app.unchecked_database, app.journals, path, app.clock())
    app.init()
    report = accept(app, others)
    report.aside = aside
    return report


def _folders(app: App, others: Sequence[Path]) -> list[Path]:
    return [marks.folder_beside(app.journals), *others]
