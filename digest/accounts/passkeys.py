"""Passkeys (Web Authentication, level 3), which are both factors in one."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from digest.accounts.store import accounts, passkeys, sessions
from digest.accounts.store.accounts import Account
from digest.accounts.store.passkeys import Passkey
from digest.errors import ConflictError, InputError
from digest.ground.database.engine import Database

_REQUIRED = UserVerificationRequirement.REQUIRED
_REFUSED = "The passkey was not accepted. Please try again."
_LONGEST_NAME = 100
# What is raised for JSON that is nested too deeply or holds too long a number, besides their own.
_UNREADABLE = (WebAuthnException, RecursionError, ValueError)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Which website passkeys are for. host: without a port; origin: https://host[:port]."""

    host: str
    origin: str
    name: str


def make_challenge() -> bytes:
    """Return what a passkey is to sign."""
    return secrets.token_bytes(32)


def ask_new(database: Database, party: RelyingParty, account: Account, session_id: int) -> str:
    """Return the JSON options with which a browser makes a passkey; the session keeps their
    challenge.
    """
    challenge = make_challenge()
    with database.write() as session:
        sessions.change(session, session_id, challenge=challenge)
        known = passkeys.of_account(session, account.id)
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_name=account.address,
        user_id=account.id.to_bytes(8, "big"),
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return options_to_json(options)


def add(
    database: Database,
    party: RelyingParty,
    account_id: int,
    session_id: int,
    answer: str,
    name: str,
    now: datetime,
) -> None:
    """Store the passkey that a browser made; InputError when it is not what was asked for."""
    with database.write() as session:
        challenge = sessions.take_challenge(session, session_id)
    if challenge is None:
        raise InputError(_REFUSED)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as exc:
        raise InputError(_REFUSED) from exc
    with database.write() as session:
        if passkeys.by_credential(session, made.credential_id) is not None:
            raise InputError("This passkey belongs to an account already.")
        passkeys.add(
            session,
            account_id,
            made.credential_id,
            made.credential_public_key,
            made.sign_count,
            (name.strip() or "Passkey")[:_LONGEST_NAME],
            now,
        )


def ask_known(party: RelyingParty, challenge: bytes) -> str:
    """Return the JSON options with which a browser asks for any passkey of this website."""
    options = generate_authentication_options(
        rp_id=party.host, challenge=challenge, user_verification=_REQUIRED
    )
    return options_to_json(options)


def check(
    database: Database, party: RelyingParty, session_id: int, answer: str, now: datetime
) -> int:
    """Return the account whose passkey signed the session's challenge; InputError."""
    with database.write() as session:
        challenge = sessions.take_challenge(session, session_id)
    try:
        credential = parse_authentication_credential_json(answer)
    except _UNREADABLE as exc:
        raise InputError(_REFUSED) from exc
    with database.read() as session:
        known = passkeys.by_credential(session, credential.raw_id)
    if known is None or challenge is None:
        raise InputError(_REFUSED)
    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE as exc:
        raise InputError(_REFUSED) from exc
    with database.write() as session:
        passkeys.mark_used(session, known.id, found.new_sign_count, now)
    return known.account_id


def list_all(database: Database, account_id: int) -> list[Passkey]:
    """Return the passkeys of an account, the oldest first."""
    with database.read() as session:
        return passkeys.of_account(session, account_id)


def remove(database: Database, account_id: int, passkey_id: int) -> bool:
    """Delete a passkey of an account; False when there is none.

    ConflictError when nobody could sign in without it.
    """
    with database.write() as session:
        others = [one for one in passkeys.of_account(session, account_id) if one.id != passkey_id]
        if not others and accounts.code_key(session, account_id)[0] is None:
            raise ConflictError(
                "Set up an authenticator first: without either nobody could sign in."
            )
        return bool(passkeys.remove(session, account_id, passkey_id))
