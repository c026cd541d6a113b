"""counts: sums of the ledger by batch, counts of a day, and the indexes of what is counted

Revision: 0037
Before:   0036
"""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_votes_paper_id_value": ("votes", ["paper_id", "value"]),
    "ix_delivery_blocks_subscribers": (
        "delivery_blocks",
        ["first_subscriber_id", "last_subscriber_id"],
    ),
    "ix_dumps_source_date": ("dumps", ["source", "date"]),
}


def upgrade() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_delivery_counts_edition_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", "batch", "state", name=op.f("pk_delivery_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_counts",
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "day", "name", name=op.f("pk_daily_counts")),
        sqlite_with_rowid=False,
    )
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["edition_id", "subscriber_id"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
    op.execute(
        """
        INSERT INTO delivery_counts
            (edition_id, batch, state, deliveries, first_at, last_at, next_at)
        SELECT edition_id, batch, state, count(*), min(settled_at), max(settled_at),
            min(not_before)
        FROM deliveries GROUP BY edition_id, batch, state
        """
    )
    _count_blocks()


def _count_blocks() -> None:
    """Count what is thinned: one row for each state of an edition, as batch 0."""
    found: Counter[tuple[int, str]] = Counter()
    rows = op.get_bind().execute(sa.text("SELECT edition_id, counts FROM delivery_blocks"))
    for edition_id, counts in rows:
        by_state = json.loads(counts) if isinstance(counts, str) else counts
        found.update({(edition_id, state): count for state, count in by_state.items()})
    table = sa.table(
        "delivery_counts", *map(sa.column, ("edition_id", "batch", "state", "deliveries"))
    )
    op.bulk_insert(
        table,
        [
            {"edition_id": edition_id, "batch": 0, "state": state, "deliveries": count}
            for (edition_id, state), count in found.items()
        ],
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_failed", "deliveries")
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table)
    op.drop_table("daily_counts")
    op.drop_table("delivery_counts")
