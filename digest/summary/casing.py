"""Write a title as one writes a sentence: "Thinner Key Cache by Pruning", "thinner key cache ...".

Names, acronyms and formulas keep their capitals. What is a name is told by its shape (capitals or
digits inside), by the abstract (always with a capital in the middle of a sentence), and by a list
of names that are shaped like words.
"""

import re
from dataclasses import dataclass

from digest.ground.text.words import STOP_WORDS

_PLAIN = re.compile(r"(?<![\w@#/<\\.$^])(?<![?!]\s)(?:[A-Z][a-z]+|A)(?![\w@>\\^])(?!\.\w)")
_SMALL = re.compile(r"(?<![\w@/.])[a-z]{2,40}(?!\w)")
_CAPITALS = re.compile(r"[A-Z][\w-]*(?:\s[A-Z][\w-]*)*")
_ALONE = re.compile(r"[A-Z][a-z]{1,40}")
_WITHIN = "abcdefghijklmnopqrstuvwxyz,;:)0123456789"  # what stands before a blank in a sentence
_EXPLAINED = re.compile(r"(?:[A-Z][\w-]{1,30}\s(?:[a-z]{1,5}\s)?){1,6}\(")
_RUN = re.compile(r"\s[A-Z]|-[\w-]{0,40}[A-Z]")  # the word is the first of a name
# "EditX" in "Step-Audio-EditX" tells that all of it is one name; "Based" in "GPT4-Based" does not.
_COMPOUND = re.compile(
    r"(?<![\w-])(?=[\w.-]{0,40}(?:\d|[a-z][A-Z]))(?!(?:[234]D|Text|Image|Video|Long|High|Low|Multi|Rank)-)"
    r"(?![\w.-]{0,60}-(?:Based|Driven|Scale|Level|Style"
    r"|Guided|Aware|Powered|Free|Like|Tuned|Trained|Centric|Specific|Enhanced|Augmented|Inspired"
    r"|Compatible|Only|Bit|Shot|Step|To|Following)\b)[\w.]{1,40}(?:-[\w.]{1,40}){1,6}"
)
_SPELT = re.compile(r"(?<![\w-])[A-Z][\w.]{0,40}(?:-(?!to-)[\w.]{1,40}){1,6}")  # "SWE-Gym"
_ACRONYM = re.compile(r"[A-Z]{2}")
_NUMBERED = re.compile(r"\s\d[\d.]*(?![\w-])")
_DIRECTIONS = frozenset(("North", "East", "South", "West", "Southeast", "Central"))
_CONTINENT = re.compile(r"\s(?:Asia|Africa|America|Europe)")
_TITLED = 0.5  # of the longer words with a capital: a title in capitals
_LONGER = re.compile(r"(?<!\w)[A-Za-z][a-z]{3,}(?!\w)")
_NAMES_TEXT = """
    Abel Adam Africa African Afrikaans Alzheimer America American Android Arabic Arctic Asia Asian
    Atari Australian Bayes Bayesian Bellman Bengali Bernoulli Boltzmann Boolean Bregman Brownian
    Carlo Catalan Cauchy Chebyshev Chinchilla Chinese Cholesky Christoffel Claude Codex Cornell
    Coulomb Danish Darwin Darwinian Dijkstra Dirichlet Dutch Earth Eckhart Einstein English
    Ethereum Euclid Euclidean Euler Europe European Finnish Fisher Fourier France French Frobenius
    Galois Gauss Gaussian Gaussians Gemini Gemma German Germany Gibbs Google Greek Gromov Haar
    Hadamard Hamiltonian Hausdorff Hawkes Hebrew Hermitian Hessian Hilbert Hindi Huffman Icelandic
    India Indian Indic Indonesian Iranian Irish Italian Ito Jacobi Jacobian Japan Japanese Java
    Johnson Kalman Kazakh Kepler Kolmogorov Korean Kronecker Krylov Kubernetes Lagrange Lagrangian
    Langevin Laplace Laplacian Latin Latinx Lean Legendre Levenshtein Lindenstrauss Linux
    Lipschitz Llama Lovelace Lyapunov Mahalanobis Mamba Mandarin Markov Markovian Mars Mercator
    Minecraft Minkowski Mistral Monte Moore Moroccan Muon Nash Nesterov Newton Newtonian Nietzsche
    Norwegian Nystrom Omni Pareto Parkinson Parseval Pascal Pauli Pearson Persian Peter Phi
    Plackett Poincare Poisson Polish Portuguese Pythagorean Python Qwen Rademacher Reddit Riemann
    Riemannian Rubik Russian Rust Sanskrit Schur Shakespeare Shannon Shapley Siamese Sinkhorn
    Slovenian Sobolev Socratic Sora Spanish Spearman Stein Stiefel Swahili Swedish Swiss Tamil
    Taylor Telugu Thai Tikhonov Toeplitz Tsallis Turing Turkish Twitter Ukrainian Unix Urdu Vapnik
    Verilog Vietnamese Voronoi Vygotsky Wasserstein Welsh Wiener Wikipedia Wolfram Yoruba YouTube
    Zipf"""
NAMES = frozenset(_NAMES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Casing:
    """What an abstract tells of capitals.

    small: its words in small letters. names: words that have a capital, alone, within a sentence.
    spelt: words such as "SWE-Gym", which have an acronym in them.
    """

    small: frozenset[str]
    names: frozenset[str]
    spelt: frozenset[str]

    def sentence(self, title: str, says: str = "") -> str:
        """Return a title, or what a part of it says, without capitals that only the title has.

        The first word loses its own too: `started` gives it back.
        """
        says = says or title
        if not in_capitals(title):
            return self.continued(says)
        names = [found.span() for found in _COMPOUND.finditer(says)]
        names += [found.span() for found in _SPELT.finditer(says) if found[0] in self.spelt]

        def lowered(word: re.Match[str]) -> str:
            named = any(start <= word.start() < end for start, end in names)
            return word[0] if named else self._lowered(word)

        return _PLAIN.sub(lowered, says)

    def continued(self, text: str) -> str:
        """Return the text as it goes on after a colon: a name at its start stays as it is."""
        first = _PLAIN.match(text)
        alone = first and not _RUN.match(text, first.end())
        return self._lowered(first) + text[first.end() :] if first and alone else text

    def _lowered(self, found: re.Match[str]) -> str:
        word = found[0]
        small = word.lower()
        if small in self.small or small in STOP_WORDS or len(word) == 1:
            return small
        southern = word in _DIRECTIONS and _CONTINENT.match(found.string, found.end())
        if (
            word in NAMES
            or southern
            or word in self.names
            or _NUMBERED.match(found.string, found.end())
        ):
            return word
        return small


def casing_of(abstract: str) -> Casing:
    """Read from an abstract which words have capitals as names have, and not with others."""
    plain = _EXPLAINED.sub("(", abstract)
    names = frozenset(
        found[0]
        for found in _CAPITALS.finditer(plain)
        if _ALONE.fullmatch(found[0]) and plain[max(0, found.start() - 2)] in _WITHIN
    )
    spelt = frozenset(word for word in _SPELT.findall(abstract) if _ACRONYM.search(word))
    return Casing(frozenset(_SMALL.findall(abstract)), names, spelt)


def in_capitals(title: str) -> bool:
    """Tell whether the words of a title have capitals as such: "Less Is More"."""
    longer = _LONGER.findall(title)
    capitals = [word for word in longer if word[0].isupper()]
    return len(capitals) >= _TITLED * max(1, len(longer))


def started(text: str) -> str:
    """Return the text with a capital at its start, unless a name, a formula or a digit is there."""
    first = re.match(r"[a-z]+(?:-[a-z]+)*(?![\w\d^_-])", text)
    return text[0].upper() + text[1:] if first else text
