"""a nonce for each subscriber, which makes their links nobody else's

Links that are out were made without. They stay good for whoever is subscribed now, and only for
them: an id that is given out later, or once more after a restore, has the mark of none.

Revision: 0020
Before:   0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_RANDOM = {"sqlite": "randomblob(16)", "postgresql": "uuid_send(gen_random_uuid())"}


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("nonce", sa.LargeBinary(length=16), nullable=True))
    op.add_column(
        "subscribers",
        sa.Column("former_links", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    drawn = _RANDOM[op.get_bind().dialect.name]
    subscribers = sa.table("subscribers", sa.column("nonce"), sa.column("former_links"))
    values = {"nonce": sa.literal_column(drawn), "former_links": sa.true()}
    op.execute(sa.update(subscribers).values(values))


def downgrade() -> None:
    op.drop_column("subscribers", "former_links")
    op.drop_column("subscribers", "nonce")
