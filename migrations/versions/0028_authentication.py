"""DMARC reports and their counts, Gmail's verdicts, and tokens of webhooks

Revision: 0028
Before:   0027
"""

import sqlalchemy as sa
from alembic import op

from digest.ground.database.columns import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hook_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_hook_tokens")),
    )
    op.create_index(op.f("ix_hook_tokens_at"), "hook_tokens", ["at"])
    op.create_table(
        "dmarc_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=255), nullable=False),
        sa.Column("report", sa.String(length=255), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dmarc_reports")),
        sa.UniqueConstraint(
            "organisation", "report", name=op.f("uq_dmarc_reports_organisation_report")
        ),
    )
    op.create_index(op.f("ix_dmarc_reports_at"), "dmarc_reports", ["at"])
    op.create_table(
        "dmarc_counts",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=45), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("dkim", sa.Boolean(), nullable=False),
        sa.Column("spf", sa.Boolean(), nullable=False),
        sa.Column("mails", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["dmarc_reports.id"],
            name=op.f("fk_dmarc_counts_report_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", "number", name=op.f("pk_dmarc_counts")),
    )
    op.create_index("ix_dmarc_counts_day", "dmarc_counts", ["day"])
    op.create_table(
        "postmaster_verdicts",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("requirement", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", "requirement", name=op.f("pk_postmaster_verdicts")),
    )


def downgrade() -> None:
    op.drop_table("postmaster_verdicts")
    op.drop_table("dmarc_counts")
    op.drop_table("dmarc_reports")
    op.drop_table("hook_tokens")
