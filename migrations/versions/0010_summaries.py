"""summaries that a language model wrote, and which of them an edition was opened with

Revision: 0010
Before:   0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "summaries",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("prompt", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_summaries_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "model", "prompt", name=op.f("pk_summaries")),
    )
    op.add_column("edition_papers", sa.Column("summary", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("edition_papers", "summary")
    op.drop_table("summaries")
