"""what readers answer to their digests

Revision: 0027
Before:   0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reader_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("message_hash", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commands", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_reader_replies_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_replies")),
        sa.UniqueConstraint("message_hash", name=op.f("uq_reader_replies_message_hash")),
        sqlite_autoincrement=True,
    )
    for column in ("subscriber_id", "received_at"):
        op.create_index(op.f(f"ix_reader_replies_{column}"), "reader_replies", [column])


def downgrade() -> None:
    op.drop_table("reader_replies")
