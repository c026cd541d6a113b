"""plain words: schedules, tasks, rate uses, backoffs, uncertain attempts

Revision: 0015
Before:   0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = {
    "rhythms": "delivery_schedules",
    "ticks": "tasks",
    "paces": "rate_uses",
    "domain_rests": "domain_backoffs",
    "copies": "journal_copies",
}
_COLUMNS = (  # by the table's new name
    ("subscribers", "rhythm_id", "schedule_id"),
    ("deliveries", "doubts", "uncertain_attempts"),
    ("journal_copies", "horizon", "high_water_mark"),
    ("editions", "held_at", "blocked_at"),
    ("editions", "held_reason", "blocked_reason"),
)
_CONSTRAINTS = (  # PostgreSQL knows them by name; SQLite keeps them in the table's text
    *((new, f"pk_{old}", f"pk_{new}") for old, new in _TABLES.items()),
    ("subscribers", "fk_subscribers_rhythm_id", "fk_subscribers_schedule_id"),
)


def upgrade() -> None:
    for old, new in _TABLES.items():
        op.rename_table(old, new)
    for table, old, new in _COLUMNS:
        op.execute(sa.text(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}"))
    op.drop_index("ix_subscribers_rhythm_id", table_name="subscribers")
    op.create_index("ix_subscribers_schedule_id", "subscribers", ["schedule_id"], unique=False)
    _rename_constraints(forwards=True)


def downgrade() -> None:
    _rename_constraints(forwards=False)
    op.drop_index("ix_subscribers_schedule_id", table_name="subscribers")
    for table, old, new in reversed(_COLUMNS):
        op.execute(sa.text(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}"))
    op.create_index("ix_subscribers_rhythm_id", "subscribers", ["rhythm_id"], unique=False)
    for old, new in _TABLES.items():
        op.rename_table(new, old)


def _rename_constraints(*, forwards: bool) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, old, new in _CONSTRAINTS:
        before, after = (old, new) if forwards else (new, old)
        op.execute(sa.text(f"ALTER TABLE {table} RENAME CONSTRAINT {before} TO {after}"))
