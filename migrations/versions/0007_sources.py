"""live sources: how they do, whose list a dump is, and by what a paper is known

Revision: 0007
Before:   0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_new_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_new", sa.Integer(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("repeating_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("validated_url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "source_hosts",
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_source_hosts")),
    )
    op.create_table(
        "paper_identifiers",
        sa.Column("identifier", sa.String(255), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_paper_identifiers_paper_id")
        ),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_paper_identifiers")),
    )
    op.create_index(op.f("ix_paper_identifiers_paper_id"), "paper_identifiers", ["paper_id"])
    op.add_column("dumps", sa.Column("source", sa.String(64), nullable=True))
    op.add_column("dumps", sa.Column("unranked", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("dumps", "unranked")
    op.drop_column("dumps", "source")
    op.drop_index(op.f("ix_paper_identifiers_paper_id"), table_name="paper_identifiers")
    op.drop_table("paper_identifiers")
    op.drop_table("source_hosts")
    op.drop_table("sources")
