"""What is private is written for its owner alone, and never where a link leads."""

import os
import stat

import pytest

from digest.ground.private_files import private_text_file


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_read_it_whatever_the_umask_and_the_file_before(tmp_path):
    old = os.umask(0)
    try:
        new, former = tmp_path / "new", tmp_path / "former"
        former.write_text("a longer text that was here before")
        former.chmod(0o644)
        for path in (new, former):
            with private_text_file(path) as file:
                file.write("ü\r\n")
            assert mode(path) == 0o600
            assert path.read_bytes() == "ü\r\n".encode()
    finally:
        os.umask(old)


def test_a_link_is_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("untouched")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"), private_text_file(tmp_path / "link"):
        pass
    assert target.read_text() == "untouched"
