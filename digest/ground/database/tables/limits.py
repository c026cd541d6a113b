"""Define the tables of what limits sending: waiting domains, used rates."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base


class DomainBackoffRow(Base):
    """A recipients' domain that gets no mail for a while because it deferred one after another.

    times: backoffs in a row without an accepted mail in between.
    """

    __tablename__ = "domain_backoffs"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    times: Mapped[int]
    until: Mapped[datetime]
    reply: Mapped[str] = mapped_column(Text)  # the last one before the rest


class RateUseRow(Base):
    """How much of a rate limit was used in its running window and the one before.

    name: what is limited ("relay mail.example.org:587"). period: its length in seconds; windows
    are counted from 1970. Shared by all workers, and it outlives them.
    """

    __tablename__ = "rate_uses"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int]
    used_before: Mapped[int]
    first_at: Mapped[datetime]
