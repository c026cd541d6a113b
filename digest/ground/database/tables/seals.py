"""Define the table of seals."""

import datetime as dt
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class SealRow(Base):
    """What the ledger of an edition was at one moment, chained to the seal before (ADR 50).

    Only ever added: an edition that is sent further is sealed again. The edition's id is no foreign
    key: the seal outlives it.
    """

    __tablename__ = "seals"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(index=True)
    day: Mapped[dt.date]
    at: Mapped[datetime]
    program: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]]  # name -> hash
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    batches: Mapped[int]
    rows: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # one seal follows another
    hash: Mapped[bytes] = mapped_column(LargeBinary)
