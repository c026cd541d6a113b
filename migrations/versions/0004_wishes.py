"""what a reader wishes of a mail: layout, language, and what an empty day brings

Revision: 0004
Before:   0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DEFAULTS = {"layout": "full", "language": "en", "empty_day": "skip"}


def upgrade() -> None:
    for name, value in _DEFAULTS.items():
        column = sa.Column(name, sa.String(16), server_default=value, nullable=False)
        op.add_column("subscribers", column)


def downgrade() -> None:
    for name in reversed(_DEFAULTS):
        op.drop_column("subscribers", name)
