import pytest

from digest.evaluation.rules.former_labels import in_former_slugs


@pytest.mark.parametrize(
    ("given", "labelled", "said"),
    [
        (["coding"], ["code"], {"code"}),
        (["multimodal", "3d"], ["vision"], {"vision"}),
        (["robotics"], ["agents"], set()),
        (["rl", "alignment"], [], {"alignment"}),
        (["speech"], ["speech"], {"speech"}),
        (["speech"], ["generation"], {"generation"}),
        (["speech"], ["generation", "speech"], {"generation", "speech"}),
        (["music-audio"], [], {"generation"}),
        ([], ["code"], set()),
    ],
)
def test_a_topic_of_today_counts_as_the_former_one(given, labelled, said):
    assert in_former_slugs(given, labelled) == said
