"""seals: hashes of mails, of batches, and of editions that are settled

What was settled before is sealed as it is, without the hashes of its mails.

Revision: 0030
Before:   0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("previous", name=op.f("uq_seals_previous")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_seals_edition_id"), "seals", ["edition_id"])
    op.add_column("deliveries", sa.Column("mail_hash", sa.LargeBinary(), nullable=True))
    op.add_column("batches", sa.Column("rows_hash", sa.LargeBinary(), nullable=True))
    op.add_column("batches", sa.Column("row_tags", sa.LargeBinary(), nullable=True))
    op.add_column("batches", sa.Column("seal_id", sa.Integer(), nullable=True))
    op.create_index("ix_batches_seal_id_edition_id", "batches", ["seal_id", "edition_id"])


def downgrade() -> None:
    op.drop_index("ix_batches_seal_id_edition_id", "batches")
    for column in ("seal_id", "row_tags", "rows_hash"):
        op.drop_column("batches", column)
    op.drop_column("deliveries", "mail_hash")
    op.drop_index(op.f("ix_seals_edition_id"), "seals")
    op.drop_table("seals")
