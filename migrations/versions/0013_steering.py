"""editions that are paused or cancelled, their canary, and domains that are left alone

Revision: 0013
Before:   0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("editions", sa.Column("paused_at", _MOMENT, nullable=True))
    op.add_column("editions", sa.Column("paused_reason", sa.Text(), nullable=True))
    op.add_column("editions", sa.Column("cancelled_at", _MOMENT, nullable=True))
    op.add_column("editions", sa.Column("cancelled_reason", sa.Text(), nullable=True))
    op.add_column("editions", sa.Column("canary_batch", sa.Integer(), nullable=True))
    op.create_table(
        "domain_rests",
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_rests")),
    )


def downgrade() -> None:
    op.drop_table("domain_rests")
    for name in (
        "canary_batch",
        "cancelled_reason",
        "cancelled_at",
        "paused_reason",
        "paused_at",
    ):
        op.drop_column("editions", name)
