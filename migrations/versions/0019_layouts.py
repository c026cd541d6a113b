"""the layout with summaries of the best papers, and how many have one

It becomes the layout of readers who had the former default and never changed it.

Revision: 0019
Before:   0018
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CHUNK = 500
_subscribers = sa.table("subscribers", sa.column("id", sa.Integer), sa.column("layout", sa.String))
_events = sa.table(
    "events",
    sa.column("subscriber_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("detail", sa.JSON),
)


def upgrade() -> None:
    op.add_column(
        "subscribers", sa.Column("summaries", sa.Integer(), server_default="3", nullable=False)
    )
    op.execute(sa.text("UPDATE subscribers SET layout = 'standard' WHERE layout = 'full'"))
    chosen = sorted(_chose_full())
    for start in range(0, len(chosen), _CHUNK):
        some = _subscribers.c.id.in_(chosen[start : start + _CHUNK])
        layout = _subscribers.c.layout
        change = sa.update(_subscribers).where(some, layout == "standard").values(layout="full")
        op.execute(change)


def downgrade() -> None:
    op.execute(sa.text("UPDATE subscribers SET layout = 'full' WHERE layout = 'standard'"))
    op.drop_column("subscribers", "summaries")


def _chose_full() -> set[int]:
    """Return who had another layout before and changed it."""
    query = sa.select(_events.c.subscriber_id, _events.c.detail).where(_events.c.kind == "changed")
    changes = ((who, detail.get("before"), detail.get("after")) for who, detail in _rows(query))
    return {
        who
        for who, before, after in changes
        if before and after and before.get("layout") != after.get("layout")
    }


def _rows(query: sa.Select[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    return [(row[0], row[1]) for row in op.get_bind().execute(query)]
