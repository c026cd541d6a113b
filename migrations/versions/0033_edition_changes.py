"""edition_changes: what the editors change about an edition before it goes

Revision: 0033
Before:   0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_COLUMNS = ("begun_at", "approve_by", "approved_at")
_BEGUN = """
    UPDATE editions SET begun_at = coalesce(planned_at, opened_at)
    WHERE EXISTS (SELECT * FROM batches WHERE batches.edition_id = editions.id)
       OR EXISTS (SELECT * FROM delivery_blocks WHERE delivery_blocks.edition_id = editions.id)
"""


def upgrade() -> None:
    op.create_table(
        "edition_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_edition_changes_edition_id")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_edition_changes_paper_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_changes")),
    )
    for name in ("edition_id", "paper_id"):
        op.create_index(op.f(f"ix_edition_changes_{name}"), "edition_changes", [name])
    op.create_table(
        "edition_reaches",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_edition_reaches_edition_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition_reaches")),
    )
    op.add_column(
        "editions", sa.Column("version", sa.Integer(), nullable=False, server_default="0")
    )
    for name in _COLUMNS:
        op.add_column("editions", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("editions", sa.Column("approval_late", sa.String(length=8), nullable=True))
    op.execute(_BEGUN)


def downgrade() -> None:
    for name in ("approval_late", *reversed(_COLUMNS), "version"):
        op.drop_column("editions", name)
    op.drop_table("edition_reaches")
    op.drop_table("edition_changes")
