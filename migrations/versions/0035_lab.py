"""lab: two rankings compared by votes

Revision: 0035
Before:   0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("a", sa.String(length=16), nullable=False),
        sa.Column("b", sa.String(length=16), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finding", sa.String(length=8), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labs")),
        sa.UniqueConstraint("name", name=op.f("uq_labs_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lab_counts",
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("a", sa.Integer(), nullable=False),
        sa.Column("b", sa.Integer(), nullable=False),
        sa.Column("ties", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["labs.id"], name=op.f("fk_lab_counts_lab_id")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_lab_counts_edition_id")
        ),
        sa.PrimaryKeyConstraint("lab_id", "edition_id", name=op.f("pk_lab_counts")),
    )
    op.add_column(
        "subscribers", sa.Column("lab", sa.String(16), server_default="no", nullable=False)
    )
    op.create_index(op.f("ix_subscribers_lab"), "subscribers", ["lab"])


def downgrade() -> None:
    op.drop_index(op.f("ix_subscribers_lab"), "subscribers")
    op.drop_column("subscribers", "lab")
    op.drop_table("lab_counts")
    op.drop_table("labs")
