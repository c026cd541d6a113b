"""Every error of ours has the exit code that scripts rely on."""

import pytest

from digest import errors
from digest.errors import (
    BlockedError,
    ComposeError,
    ConflictError,
    DateError,
    DigestError,
    DumpError,
    FetchError,
    HeldError,
    InputError,
    LinkError,
    LockedError,
    NotFoundError,
    SchemaError,
    SettingsError,
    UnreachableError,
)

EXIT_CODES = {
    DigestError: 1,
    SettingsError: 2,
    InputError: 3,
    DumpError: 3,
    ConflictError: 3,
    NotFoundError: 4,
    DateError: 2,
    UnreachableError: 5,
    FetchError: 5,
    LockedError: 5,
    LinkError: 2,
    ComposeError: 1,
    BlockedError: 1,
    HeldError: 1,
    SchemaError: 2,
}


def test_every_error_has_its_exit_code():
    ours = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert {error: error.exit_code for error in ours} == EXIT_CODES
    assert all(issubclass(error, DigestError) for error in ours)


@pytest.mark.parametrize("error", [one for one in EXIT_CODES if one is not DumpError])
def test_an_error_has_words_and_a_hint(error):
    found = error("what happened", hint="what to do")
    assert (str(found), found.hint) == ("what happened", "what to do")
    assert error("what happened").hint == ""


def test_a_dump_error_names_the_line_when_one_is_to_blame():
    assert str(DumpError("no title", line=7)) == "line 7: no title"
    found = DumpError("empty")
    assert (str(found), found.reason, found.line, found.hint) == ("empty", "empty", 0, "")
