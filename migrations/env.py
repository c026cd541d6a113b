"""How Alembic runs: inside the transaction that `digest.ground.database.schema` opens."""

from typing import Any

from alembic import context
from sqlalchemy import Enum

from digest.ground.database.columns import UtcDateTime
from digest.ground.database.tables.whole import Base


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our column types as plain ones: a revision must outlive the classes it came from."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    return False


def compare_type(_context: Any, _column: Any, _old: Any, mapped: Any, _new: Any) -> bool | None:
    """An enumeration is stored as its word, so it equals a string column."""
    return False if isinstance(mapped, Enum) else None


def include_name(name: str | None, _kind: Any, _parents: Any) -> bool:
    """Leave the tables of the job queue alone: they are another's."""
    return not (name or "").startswith("procrastinate_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    compare_type=compare_type,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
