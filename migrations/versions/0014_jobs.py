"""copies of journals; on PostgreSQL the job queue of Procrastinate

Revision: 0014
Before:   0013

The tables and functions of the queue are those that the installed Procrastinate brings. Which one
that may be is bounded in pyproject.toml; a newer one needs a revision that runs its migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_REMOVE_QUEUE = r"""
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\_%'
    LOOP
        EXECUTE format('DROP TABLE %I CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\_%'
    LOOP
        EXECUTE format('DROP FUNCTION %s', found.name);
    END LOOP;
    FOR found IN SELECT typname AS name FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace
        AND typname LIKE 'procrastinate\_%' AND typtype IN ('e', 'c')
    LOOP
        EXECUTE format('DROP TYPE %I CASCADE', found.name);
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lease", "part", name=op.f("pk_copies")),
    )
    if op.get_bind().dialect.name == "postgresql":
        from procrastinate.schema import SchemaManager

        _run(SchemaManager.get_schema())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run(_REMOVE_QUEUE)
    op.drop_table("copies")


def _run(script: str) -> None:
    """Run statements as they are: a percent sign in them is no placeholder."""
    with op.get_bind().connection.cursor() as cursor:
        cursor.execute(script)
