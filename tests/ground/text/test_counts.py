from digest.ground.text.counts import counted


def test_one_is_one_and_all_others_are_several():
    assert counted(1, "paper") == "1 paper"
    assert [counted(number, "entry", "entries") for number in (0, 2, 1200)] == [
        "0 entries",
        "2 entries",
        "1,200 entries",
    ]
