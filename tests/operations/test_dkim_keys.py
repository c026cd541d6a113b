import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.errors import InputError, SettingsError
from digest.operations.dkim_keys import make_key, read_keys, record, zone_line
from digest.render.dkim import DkimKey


def write(file, key):
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_is_for_its_owner_only_and_is_read_back(tmp_path, kind):
    file = tmp_path / "key.pem"
    made = make_key(file, kind)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (key,) = read_keys(str(file), "d2026", "example.org")
    assert record(key) == record(DkimKey("example.org", "d2026", made))


def test_a_key_is_never_overwritten(tmp_path):
    file = tmp_path / "key.pem"
    make_key(file, "ed25519")
    before = file.read_bytes()
    with pytest.raises(InputError, match="already exists"):
        make_key(file, "rsa")
    assert file.read_bytes() == before
    with pytest.raises(InputError, match="No such file"):
        make_key(tmp_path / "nowhere" / "key.pem", "rsa")


def test_the_record_comes_in_strings_that_dns_can_hold(tmp_path):
    key = DkimKey("example.org", "d2026", make_key(tmp_path / "key.pem", "rsa"))
    line = zone_line(key)
    assert line.startswith('d2026._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=MIIB')
    strings = line.split('"')[1::2]
    assert "".join(strings) == record(key)
    assert [len(string) <= 255 for string in strings] == [True, True]


def test_several_keys_have_a_selector_each(tmp_path):
    files = [tmp_path / "rsa.pem", tmp_path / "ed.pem"]
    make_key(files[0], "rsa")
    make_key(files[1], "ed25519")
    keys = read_keys(f"{files[0]}, {files[1]}", "r2026, e2026", "example.org")
    assert [key.selector for key in keys] == ["r2026", "e2026"]
    assert record(keys[1]).startswith("v=DKIM1; k=ed25519; p=")
    assert read_keys("", "", "example.org") == []
    with pytest.raises(SettingsError, match="names 2 files, DIGEST_DKIM_SELECTOR 1"):
        read_keys(f"{files[0]},{files[1]}", "r2026", "example.org")


def test_a_file_that_is_no_usable_key_is_named(tmp_path):
    text = tmp_path / "text.pem"
    text.write_text("hello")
    curve = write(tmp_path / "curve.pem", ec.generate_private_key(ec.SECP256R1()))
    short = write(tmp_path / "short.pem", rsa.generate_private_key(65537, 1024))  # noqa: S505 -- that is the point
    for file, message in (
        (text, "not a private key"),
        (tmp_path / "none.pem", "No such file"),
        (curve, "neither an RSA nor an Ed25519 key"),
        (short, "has 1024 bits"),
    ):
        with pytest.raises(SettingsError, match=message) as caught:
            read_keys(str(file), "d2026", "example.org")
        assert str(file) in str(caught.value)
