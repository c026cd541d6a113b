"""what the clock needs: when rhythms are due, the date a mail is for, empty editions, ticks

Revision: 0005
Before:   0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rhythms", sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rhythms", sa.Column("tried_edition_id", sa.Integer(), nullable=True))
    op.add_column("editions", sa.Column("empty", sa.String(16), nullable=True))
    op.add_column("editions", sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("day", sa.Date(), nullable=True))
    op.drop_index("ix_batches_edition_id_state", table_name="batches")
    op.create_index("ix_batches_state_edition_id", "batches", ["state", "edition_id"], unique=False)
    op.create_table(
        "ticks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("last_started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ticks")),
    )


def downgrade() -> None:
    op.drop_table("ticks")
    op.drop_index("ix_batches_state_edition_id", table_name="batches")
    op.create_index("ix_batches_edition_id_state", "batches", ["edition_id", "state"], unique=False)
    op.drop_column("deliveries", "day")
    op.drop_column("editions", "planned_at")
    op.drop_column("editions", "empty")
    op.drop_column("rhythms", "tried_edition_id")
    op.drop_column("rhythms", "next_due_at")
