"""editions that the pre-flight check holds, and why

Revision: 0011
Before:   0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("editions", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("editions", sa.Column("held_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("editions", "held_reason")
    op.drop_column("editions", "held_at")
