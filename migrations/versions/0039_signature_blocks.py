"""signature blocks: DKIM signatures made ahead of the hour

Revision: 0039
Before:   0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signature_blocks",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_subscriber_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_subscriber_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_signature_blocks_edition_id")
        ),
        sa.PrimaryKeyConstraint(
            "edition_id", "dated_at", "first_subscriber_id", name=op.f("pk_signature_blocks")
        ),
    )


def downgrade() -> None:
    op.drop_table("signature_blocks")
