"""A dry run writes one file a reader, for its owner only."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.sending.send import mail_file_name
from digest.ground.private_files import write_private


def test_an_ordinary_address_is_its_own_name():
    assert mail_file_name("ann.o'dell@example.org", 1) == "ann.o_dell@example.org~1.eml"
    assert mail_file_name("ann+x@example.org", 1) == "ann+x@example.org.eml"


def test_addresses_that_look_alike_have_two_files():
    names = {mail_file_name(each, n) for n, each in enumerate(["we/ird@a.org", "we_ird@a.org"])}
    assert len(names) == 2


@given(st.text(min_size=1, max_size=400), st.integers(1, 2**40))
def test_any_address_is_a_name_that_file_systems_take(address, number):
    name = mail_file_name(address, number)
    assert len(os.fsencode(name)) < 255
    assert "/" not in name
    assert not name.startswith((".", "-"))


def test_a_link_is_not_followed_and_a_file_is_private(tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "link.eml").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        write_private(tmp_path / "link.eml", b"new")
    assert target.read_bytes() == b"precious"
    target.chmod(0o666)
    write_private(target, b"new")
    write_private(target, b"er", append=True)
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"newer", 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_written(tmp_path):
    file = tmp_path / "waiting.eml"
    file.write_bytes(b"")
    os.chown(file, 65534, 65534)
    with pytest.raises(PermissionError, match="another user"):
        write_private(file, b"new")
