"""which database this is, who holds its mail, and what was sent before a restore

Revision: 0022
Before:   0021
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.String(32), nullable=False),
        sa.Column("epoch", sa.String(32), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=True),
        sa.Column("settlements", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.JSON(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "holds",
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("machine", name=op.f("pk_holds")),
    )
    op.create_table(
        "restored_mails",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "subscriber_id", name=op.f("pk_restored_mails")),
        sqlite_with_rowid=False,
    )
    first = {
        "id": 1,
        "installation": secrets.token_hex(16),
        "epoch": secrets.token_hex(16),
        "settlements": 0,
        "fingerprint": {},
        "trial": True,
        "changed": [],
    }
    op.bulk_insert(made, [first])


def downgrade() -> None:
    for table in ("restored_mails", "holds", "installation"):
        op.drop_table(table)
