"""topics of the catalogue in groups: readers keep what they followed

What an old topic covered, the new ones cover together: a preference for it becomes one for each,
of the same weight. The way back follows what covered the new topic before.

Revision: 0016
Before:   0015
"""

import json
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from alembic import context, op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Weights = Mapping[str, float]
_CHUNK = 1000
_NEW = {  # of a topic that is not here the slug and the meaning stayed
    "agents": ("agents", "multi-agent", "computer-use", "deep-research"),
    "alignment": ("alignment", "rl"),
    "code": ("coding",),
    "vision": ("multimodal", "vision", "video-understanding", "documents", "3d"),
    "generation": ("image-generation", "video-generation", "music-audio", "speech"),
    "structured-data": ("structured-data", "graphs-time-series"),
    "science-health": ("science", "health"),
    "interpretability": ("interpretability", "theory"),
    "safety": ("safety", "security"),
}
_OLD = {
    **{new: old for old, several in _NEW.items() for new in several if new != "speech"},
    "world-models": "generation",  # the last four had no topic of their own before
    "robotics": "agents",
    "driving": "vision",
    "human-ai": "safety",
}


def upgrade() -> None:
    own = context.config.attributes.get("own_topics", ())  # of an operator's own catalogue
    _rewrite(lambda topics: _moved(topics, {old: _NEW[old] for old in _NEW if old not in own}))


def downgrade() -> None:
    own = context.config.attributes.get("own_topics", ())
    _rewrite(lambda topics: _moved(topics, {new: (_OLD[new],) for new in _OLD if new not in own}))


def _moved(topics: Weights, table: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the weights under the other slugs; where two meet, the greater one."""
    moved: dict[str, float] = {}
    for slug, weight in topics.items():
        for other in table.get(slug, (slug,)):
            moved[other] = max(weight, moved.get(other, weight))
    return moved


def _rewrite(change: Callable[[Weights], Weights]) -> None:
    readers = sa.table("subscribers", sa.column("id", sa.Integer), sa.column("topics", sa.JSON))
    after, bind = 0, op.get_bind()
    update = (
        sa.update(readers)
        .where(readers.c.id == sa.bindparam("reader"))
        .values(topics=sa.bindparam("weights", type_=sa.JSON))
    )
    query = sa.select(readers.c.id, readers.c.topics).order_by(readers.c.id).limit(_CHUNK)
    while rows := bind.execute(query.where(readers.c.id > after)).all():
        after = rows[-1].id
        changed = [
            {"reader": row.id, "weights": new}
            for row in rows
            if json.dumps(new := change(row.topics)) != json.dumps(row.topics)
        ]
        if changed:
            bind.execute(update, changed)
