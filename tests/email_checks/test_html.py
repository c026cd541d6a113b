"""The HTML parts by the rules of HTML: vnu, the checker of the W3C. No rule is switched off."""


def test_vnu_finds_no_error(name, mail, vnu):
    assert vnu[name] == []
