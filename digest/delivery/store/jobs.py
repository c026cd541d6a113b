"""Jobs in the queue of Procrastinate, in our own PostgreSQL: each wakes a worker for one batch.

A job decides nothing: the lease of its batch does. Only PostgreSQL has jobs; on SQLite every
function here does nothing. They are inserted by the SQL functions that Procrastinate installs, so
on the session's own connection, and appear with the rows that they are about or not at all.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

QUEUE = "batches"
TASK = "digest.send_batch"
SILENT_SECONDS = 60.0  # a worker of the queue is gone then; it gives a sign of life every ten


_LOCK = 0x6A6F6273  # "jobs": any number that nobody else locks in our database
_NAME = "format('batch %s/%s', edition_id, number)"
_DEFER = f"""
    SELECT procrastinate_defer_jobs_v1(array_agg(
        (:queue, :task, 0, NULL, {_NAME},
         jsonb_build_object('edition_id', edition_id, 'number', number), not_before
        )::procrastinate_job_to_defer_v1
        ORDER BY edition_id, number
    )) FROM batches
"""  # noqa: S608 -- nothing in it comes from outside
_NEW = text(f"{_DEFER} WHERE edition_id = :edition AND number > :after HAVING count(*) > 0")
_HAS_ONE = f"""
    SELECT FROM procrastinate_jobs
    WHERE queueing_lock = {_NAME} AND queue_name = :queue AND status = 'todo'
"""
_GOES_ON = """
    SELECT FROM editions WHERE id = edition_id AND paused_at IS NULL AND cancelled_at IS NULL
    AND (approve_by IS NULL OR approved_at IS NOT NULL)
"""
_MISSING = text(
    f"{_DEFER} WHERE state = 'open' AND NOT EXISTS ({_HAS_ONE}) AND EXISTS ({_GOES_ON})"
    " HAVING count(*) > 0"
)
_GONE = text("SELECT procrastinate_prune_stalled_workers_v1(:seconds)")
_USELESS = text(
    f"""
    DELETE FROM procrastinate_jobs
    WHERE queue_name = :queue AND (
        status NOT IN ('todo', 'doing')
        OR (status = 'doing' AND worker_id IS NULL)
        OR (status = 'todo' AND queueing_lock NOT IN (
            SELECT {_NAME} FROM batches WHERE state = 'open'
        ))
    )
    """  # noqa: S608
)


def defer_new(session: Session, edition_id: int, *, after: int) -> None:
    """Queue a job for each batch of an edition with a number above `after`."""
    if _has_jobs(session):
        names = {"queue": QUEUE, "task": TASK}
        session.execute(_NEW, {**names, "edition": edition_id, "after": after})


def sweep(session: Session) -> None:
    """Queue a job for each open batch without one, at its next attempt; drop what is of no use.

    Of no use are jobs whose batch is not open (somebody has sent it without), and those whose
    worker is gone. Two at once are safe: the second finds the first at work and leaves it to it.
    """
    if not _has_jobs(session):
        return
    if session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
        session.execute(_GONE, {"seconds": SILENT_SECONDS})
        session.execute(_USELESS, {"queue": QUEUE})
        session.execute(_MISSING, {"queue": QUEUE, "task": TASK})


def _has_jobs(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
