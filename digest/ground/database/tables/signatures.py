"""Signatures of mails, made before these are sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.tables.base import Base
from digest.ground.database.tables.delivery import EditionRow


class SignatureBlockRow(Base):
    """DKIM signatures that were made ahead of the hour, for readers whose ids follow each other.

    basis: a hash of what their mails have in common beside edition and Date. content: a checksum,
    and each signature behind the SHA-256 that it is over (delivery/store/signatures).
    """

    __tablename__ = "signature_blocks"

    edition_id: Mapped[int] = mapped_column(ForeignKey(EditionRow.id), primary_key=True)
    dated_at: Mapped[datetime] = mapped_column(primary_key=True)
    first_subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_subscriber_id: Mapped[int]
    basis: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
