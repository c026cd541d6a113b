"""What an import knows of the addresses that it has met."""

from digest.subscribers.files.met_addresses import ADDED, BARRED, SEEN, met_addresses


def test_of_an_address_that_was_not_met_nothing_is_known():
    with met_addresses() as met:
        assert met.of([]) == {}
        assert met.of({"ann@example.org"}) == {"ann@example.org": 0}


def test_what_was_saved_last_is_known_of_each_of_many():
    many = [f"reader{number}@example.org" for number in range(20_000)]
    with met_addresses() as met:
        met.save(dict.fromkeys(many, SEEN))
        met.save({many[0]: SEEN | ADDED, many[-1]: BARRED})
        assert met.of([many[0], many[1], many[-1], "ann@example.org"]) == {
            many[0]: SEEN | ADDED,
            many[1]: SEEN,
            many[-1]: BARRED,
            "ann@example.org": 0,
        }
    with met_addresses() as met:
        assert met.of(many[:1]) == {many[0]: 0}
