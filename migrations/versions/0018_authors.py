"""who wrote a paper, and stars of its code: from lists, for pages, feeds and searches

Revision: 0018
Before:   0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAMES = (("papers", "authors"), ("papers", "affiliations"), ("edition_papers", "authors"))


def upgrade() -> None:
    for table, column in _NAMES:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
    op.add_column("appearances", sa.Column("stars", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("appearances", "stars")
    for table, column in reversed(_NAMES):
        op.drop_column(table, column)
