"""the Date of messages: when their delivery was due, or begun

What was planned before had the date of its edition, and keeps it for every retry.

Revision: 0017
Before:   0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FILL = """
    UPDATE batches
    SET dated_at = (SELECT sends_at FROM editions WHERE editions.id = batches.edition_id)
"""


def upgrade() -> None:
    op.add_column("batches", sa.Column("dated_at", _MOMENT, nullable=True))
    op.add_column("deliveries", sa.Column("dated_at", _MOMENT, nullable=True))
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_column("deliveries", "dated_at")
    op.drop_column("batches", "dated_at")
