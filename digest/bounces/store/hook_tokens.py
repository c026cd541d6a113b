"""Tokens of webhooks, each kept while its signature is fresh."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.intake import HookTokenRow


def is_first(session: Session, token: str, body: str, now: datetime) -> bool:
    """Keep a token with its body; return whether no other body came with it before.

    Both are hashes, hex.
    """
    session.execute(insert_new(session, HookTokenRow), [{"token": token, "body": body, "at": now}])
    kept = session.scalar(select(HookTokenRow.body).where(HookTokenRow.token == token))
    return kept == body


def delete_before(session: Session, before: datetime) -> None:
    """Delete the tokens that were kept before a moment."""
    session.execute(delete(HookTokenRow).where(HookTokenRow.at < before))
