"""Take off what a sentence opens with and says nothing: "In this paper, we ..." is "We ...".

Only words that say nothing of the matter go, and what is left is a whole sentence that the abstract
has word for word. "Experiments on ImageNet show that" stays, since ImageNet is something.
"""

import re

_THIS = r"(?:this|these|those|such|both|it|them|that|the (?:above|aforementioned|former|latter))"
_WORK = (
    r"(?:paper|work|study|article|report|letter|survey|thesis|research|review|manuscript|project"
    r"|technical report|position paper|paper and code|system demonstration)"
)
_POINTING = (  # "To address these issues," and whatever else only points back
    r"(?:to|towards?|for|in order to|with|from|in|by|(?:motivated|inspired|driven|guided) by"
    r"|(?:building |based )?(?:up)?on|in (?:response|contrast) to|in light of|in view of|despite)"
    rf"\s(?:[a-z-]+\s){{0,5}}?{_THIS}\b(?:\s[a-z-]+){{0,7}},"
)
_LINKING = (
    r"(?:(?:more |most )?(?:specifically|concretely|importantly|notably|crucially|interestingly"
    r"|remarkably|surprisingly|precisely|particularly)|in particular|moreover|furthermore"
    r"|additionally|in addition|besides|finally|lastly|accordingly|therefore|thus|hence"
    r"|consequently|as a result|in summary|in short|to summari[sz]e|overall|in response|as such"
    r"|also|further|then|next|first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|here|instead"
    r"|however|nevertheless|nonetheless|in contrast|meanwhile|in conclusion|to conclude"
    r"|in this (?:context|regard|setting|way|paper)|together|similarly|likewise|in turn"
    r"|as a (?:remedy|solution|first step)),"
)
_BARE = (  # words that may stand in "Extensive experiments show that" without saying anything
    r"(?:extensive|comprehensive|experimental|empirical|numerical|quantitative|qualitative|thorough"
    r"|rigorous|systematic|detailed|additional|further|our|the|these|various|experiments?"
    r"|experimentations?|evaluations?|results?|findings|analys[ei]s|studies|ablations?|tests"
    r"|simulations?|investigations?|and|both|we|in|through|experimentally|empirically|it)"
)
_SHOWING = (
    rf"(?:{_BARE}\s){{1,7}}(?:(?:also|further|clearly|consistently|have|has) ){{0,2}}"
    r"(?:shows?|showed|shown|demonstrates?|demonstrated|verify|verified|validates?|confirms?"
    r"|confirmed|reveals?|revealed|find|found|proves?|illustrates?|observe|observed)"
    r"(?: (?:empirically|experimentally))? that\s"
    # Of a method, or of a name; "existing methods fail" would read as background without it.
    r"(?=(?:our|we|this|the (?:proposed|resulting))\s|(?-i:[^\s,]*[A-Z]))"
)
_OPENER = re.compile(
    rf"(?:in (?:this|our|the present|the current) {_WORK}(?:,|(?= (?:we|I|it is)\b))"
    rf"|{_POINTING}|{_LINKING})\s*|{_SHOWING}",
    re.IGNORECASE,
)
_LONGEST = 160  # characters of an opener
_NO_START = re.compile(
    r"(?:and|or|but|which|that|who|as well|nor|then|thus|rather)\b|\W", re.IGNORECASE
)
_SMALL_WORD = re.compile(r"(?:[a-z]{2,}(?:-[a-z]+)*|a)(?=[\s,]|'s)")
_SHORTEST = 15  # characters that must be left
_MOST = 3


def without_opener(sentence: str) -> str:
    """Return the sentence without its openers, beginning with a capital; names stay as written."""
    for _ in range(_MOST):
        found = _OPENER.match(sentence[:_LONGEST])
        if not found:
            break
        rest = sentence[found.end() :]
        if len(rest) < _SHORTEST or (_NO_START.match(rest) and rest[0] not in '<\u201c"'):
            break
        sentence = rest
    if _SMALL_WORD.match(sentence):
        return sentence[0].upper() + sentence[1:]
    return sentence
