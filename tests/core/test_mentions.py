from digest.core.mentions import Mentions


def test_a_phrase_is_found_where_its_stems_follow_each_other():
    mentions = Mentions([(["a", "b"], ["c"]), (["b"], ["a", "c"])])
    assert mentions.of(("a", "b")).tolist() == [True, False]
    assert mentions.of(("a",)).tolist() == [True, True]
    assert mentions.of(("b", "c")).tolist() == [False, False]
    assert mentions.of(()).tolist() == [False, False]
    assert mentions.of(("z",)).tolist() == [False, False]
