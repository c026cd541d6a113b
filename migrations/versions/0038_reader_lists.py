"""reader lists: what readers are searched by, growth by day, files on their way to an import

Revision: 0038
Before:   0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# What the record says of how somebody came; of the oldest it says nothing.
_ORIGINS = (
    ("form", "kind = 'asked'"),
    ("api", "kind = 'confirmed' AND CAST(detail AS TEXT) LIKE '%\"api_key\"%'"),
    ("command", "kind = 'confirmed' AND CAST(detail AS TEXT) LIKE '%\"the command line\"%'"),
)


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("domain", sa.String(255), nullable=True))
    op.add_column(
        "subscribers", sa.Column("origin", sa.String(16), server_default="unknown", nullable=False)
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    place = "instr(address, '@')" if is_sqlite else "strpos(address, '@')"
    op.execute(f"UPDATE subscribers SET domain = substr(address, {place} + 1)")  # noqa: S608 -- ours
    for origin, event in _ORIGINS:
        op.execute(
            f"UPDATE subscribers SET origin = '{origin}' WHERE origin = 'unknown' AND "  # noqa: S608
            f"id IN (SELECT subscriber_id FROM events WHERE {event})"
        )
    op.create_index("ix_subscribers_state_id", "subscribers", ["state", "id"])
    for column in ("domain", "address"):
        op.create_index(
            f"ix_subscribers_{column}_state",
            "subscribers",
            [column, "state"],
            postgresql_ops={column: "varchar_pattern_ops"},
        )
    op.create_index(op.f("ix_subscribers_confirmed_at"), "subscribers", ["confirmed_at"])
    op.create_index("ix_events_kind_at", "events", ["kind", "at", "subscriber_id"])
    numbers = ("asked", "joined", "left", "suppressed", "erased")
    op.create_table(
        "reader_days",
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("active", "paused", "pending")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reader_days")),
    )
    op.create_table(
        "reader_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_bytes", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_uploads")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reader_uploads_ends_at"), "reader_uploads", ["ends_at"])


def downgrade() -> None:
    op.drop_table("reader_uploads")
    op.drop_table("reader_days")
    op.drop_index("ix_events_kind_at", "events")
    for columns in ("state_id", "domain_state", "address_state", "confirmed_at"):
        op.drop_index(f"ix_subscribers_{columns}", "subscribers")
    op.drop_column("subscribers", "origin")
    op.drop_column("subscribers", "domain")
