"""blocks: the deliveries of old editions, packed

Revision: 0031
Before:   0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_blocks",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_subscriber_id", sa.Integer(), nullable=False),
        sa.Column("last_subscriber_id", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_delivery_blocks_edition_id")
        ),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("pk_delivery_blocks")),
    )
    op.add_column("editions", sa.Column("thinned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("editions", "thinned_at")
    op.drop_table("delivery_blocks")
