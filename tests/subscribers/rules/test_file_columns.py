"""Columns are known by their names, by the system that wrote them, or by what somebody says."""

import pytest

from digest.errors import InputError
from digest.subscribers.rules.file_columns import ColumnNames, recognise


def uses(names, mapping=(), ignored=()):
    found = recognise(names, ColumnNames.parse(mapping, ignored))
    return [column.use for column in found.columns]


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "Email Address", "E-MAIL-ADRESSE", "email_address", "EmailAddress"]
)
def test_addresses_are_found_however_they_are_called(name):
    assert uses([name]) == ["email"]


def test_names_preferences_and_standing_are_found():
    names = [
        "First Name",
        "Last Name",
        "Max papers",
        "Sprache",
        "State",
        "Subscribed",
        "Bounced At",
    ]
    expected = ["first_name", "last_name", "max_papers", "language", "status", "allowed", "barred"]
    assert uses(names) == expected


@pytest.mark.parametrize(
    "name",
    [
        "unsub_flag",
        "Bounce type",
        "Opt-in source",
        "Consent text",
        "Expiry",
        "mail_status_2",
        "Newsletter",
    ],
)
def test_what_sounds_like_it_is_doubtful(name):
    found = recognise(["email", name], ColumnNames())
    assert found.doubtful == [name]
    with pytest.raises(InputError, match="may say who must not be mailed"):
        found.check()
    assert uses(["email", name], ignored=[name]) == ["email", ""]
    assert uses(["email", name], mapping=[f"barred={name}"]) == ["email", "barred"]


@pytest.mark.parametrize(
    "name", ["notes", "Country", "created_at", "Billing State", "Phone Number", "tags", ""]
)
def test_what_does_not_is_left_out(name):
    assert uses(["email", name]) == ["email", ""]


def test_what_somebody_says_counts_more_than_names():
    names = ["email", "Private mail", "name"]
    assert uses(names, ["email=Private mail"]) == ["", "email", "name"]
    assert uses(names, ["email=PRIVATE_MAIL", "name=name"]) == ["", "email", "name"]
    assert uses(["email", "subscribed"], ignored=["subscribed"]) == ["email", ""]


@pytest.mark.parametrize("text", ["email", "=x", "email=", "shoes=x", "email:x"])
def test_a_mapping_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="email=E-Mail Address"):
        ColumnNames.parse([text])


def test_nothing_is_said_of_a_column_that_is_not_there():
    for said in (ColumnNames.parse(["email=Mails"]), ColumnNames.parse([], ["Mails"])):
        with pytest.raises(InputError, match="there is no column 'Mails'; there are 'email', 'x'"):
            recognise(["email", "x"], said)


def test_of_two_columns_the_first_that_is_filled_counts():
    found = recognise(["email", "name", "display name"], ColumnNames())
    assert found.texts(["a@example.org", "", "Ann"]) == {"email": "a@example.org", "name": "Ann"}
    assert found.texts(["a@example.org"]) == {"email": "a@example.org"}


def test_all_columns_that_say_something_must_agree():
    found = recognise(["email", "status", "deleted_at"], ColumnNames())
    assert found.bar(["a@example.org", "active", ""]) is None
    assert found.bar(["a@example.org", "active", "2024-01-01"]).kind == "deleted or disabled"
    assert found.bar(["a@example.org", "bounced"]).kind == "bounced"
