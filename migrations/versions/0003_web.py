"""what the pages record: events, and until when a reader pauses

Revision: 0003
Before:   0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_subscriber_id"), "events", ["subscriber_id"], unique=False)
    op.add_column("subscribers", sa.Column("paused_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscribers", "paused_until")
    op.drop_index(op.f("ix_events_subscriber_id"), table_name="events")
    op.drop_table("events")
