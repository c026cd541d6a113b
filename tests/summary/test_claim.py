import pytest

from digest.summary.claim import Claim, claim_of
from digest.summary.headline import headline


def test_a_named_paper_has_its_name_and_what_the_title_says():
    claim = claim_of("Chimera: A Lossless Decoding Method for Inference by Fusing all Tokens", "")
    assert claim.name == "Chimera"
    assert claim.text == "lossless decoding method for inference by fusing all tokens"
    assert headline(claim, 50) == "Chimera: lossless decoding method for inference"


@pytest.mark.parametrize("abstract", ["", "We propose Hare, a queue for short requests."])
def test_an_empty_title_claims_nothing(abstract):
    assert claim_of("", abstract) == Claim("", "", "")
    assert headline(claim_of("", abstract), 50) == ""
