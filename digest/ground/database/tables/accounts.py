"""Define the tables of the console: accounts, sessions, passkeys, links and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from digest.ground.database.columns import words
from digest.ground.database.tables.base import Base
from digest.model import Role, Stage


class AccountRow(Base):
    """Somebody who may use the console (ADR 52).

    nonce: under the MAC of every link to them; a new one ends those that are out. code_key: of the
    one-time codes, wrapped (`wrapped_keys`). code_step: the half minute of the code used last.
    """

    __tablename__ = "accounts"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(255), unique=True)
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    code_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_step: Mapped[int] = mapped_column(default=0)
    nonce: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class AccountSessionRow(Base):
    """A browser that is signed in, or about to be. secret_hash: SHA-256, hex, of its cookie.

    challenge: what a passkey is to sign. by_link: begun by a link of a mail, so a password may be
    chosen without the former one. failures: wrong codes so far.
    """

    __tablename__ = "account_sessions"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    stage: Mapped[Stage] = mapped_column(words(Stage))
    by_link: Mapped[bool]
    failures: Mapped[int] = mapped_column(default=0)
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    browser: Mapped[str] = mapped_column(String(200))  # what it calls itself
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class PasskeyRow(Base):
    """A passkey of an account (WebAuthn, section 4). name: its owner's word for it."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountLinkRow(Base):
    """A link that signs an account in, once. A link of `digest admin add` has no mail."""

    __tablename__ = "account_links"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AuditRow(Base):
    """What somebody changed by the console or the command line; only ever added to.

    It is written before the change and completed after it: an entry without `ended_at` is of a
    change that a process did not see the end of. account: the address, kept when it is gone.
    """

    __tablename__ = "audit_entries"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account: Mapped[str] = mapped_column(String(255), index=True)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255), index=True)
    asked: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
