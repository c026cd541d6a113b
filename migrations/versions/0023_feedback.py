"""feedback, and suppressions under a key, with who or what made them; when editions were resumed

Suppressions of before stay plain hashes until `digest init` has put them under a key, which needs
the secret key; they count meanwhile. On the way back those under a key stay too, but nobody can
tell whose they are.

Revision: 0023
Before:   0022
"""

import sqlalchemy as sa
from alembic import op

from digest.ground.database.columns import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_FOREIGN_KEY = "fk_suppressions_key_id"


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Date(), nullable=True),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("reference", name=op.f("uq_feedback_reference")),
    )
    op.create_index(op.f("ix_feedback_at"), "feedback", ["at"])
    op.create_index("ix_feedback_edition", "feedback", ["edition"])
    op.create_index("ix_feedback_subscriber_id_edition", "feedback", ["subscriber_id", "edition"])
    op.create_table(
        "suppression_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_keys")),
    )
    op.add_column("editions", sa.Column("resumed_at", UtcDateTime(timezone=True), nullable=True))
    source = sa.Column("source", sa.String(length=32), server_default="operator", nullable=False)
    with op.batch_alter_table("suppressions") as table:
        table.add_column(sa.Column("key_id", sa.Integer(), nullable=True))
        table.add_column(source)
        table.add_column(sa.Column("kind", sa.String(length=16), nullable=True))
        table.create_foreign_key(op.f(_FOREIGN_KEY), "suppression_keys", ["key_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("suppressions") as table:
        table.drop_constraint(op.f(_FOREIGN_KEY), type_="foreignkey")
        table.drop_column("kind")
        table.drop_column("source")
        table.drop_column("key_id")
    op.drop_column("editions", "resumed_at")
    op.drop_table("suppression_keys")
    op.drop_table("feedback")
