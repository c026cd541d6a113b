"""Say how good claims and headlines are: where they come from, how long they are, how they end.

    python -m benchmarks.claims PAPERS... [--marked MARKED.jsonl] [--kept] [--show N] [--seed N]

PAPERS: JSON Lines (title, abstract), may be gzipped, or a dump as text. MARKED: abstracts in which
people marked idea and result (they have no titles, so it is what stands in for a vague title that
is judged). Without `--kept` only the part is read on which the rules were made.
"""

import argparse
import gzip
import hashlib
import json
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks.marked import KINDS, Marked, read
from digest.papers.dumps import text_page
from digest.papers.dumps.parts import Entry
from digest.summary import LONGEST_CLAIM
from digest.summary.claim import Claim, claim_of
from digest.summary.cuts import ends_well
from digest.summary.headline import headline
from digest.summary.told import told

LIMITS = (50, 43)  # characters of a subject, and of half a preview
_HALF = 0.5
_LEAST_MARKED = 20  # characters of a sentence
Paper = tuple[str, str]


def papers(paths: Sequence[Path], *, kept: bool) -> list[Paper]:
    """Return title and abstract of the papers of one part, each paper once."""
    found = {" ".join(title.split()): abstract for path in paths for title, abstract in _read(path)}
    return [paper for paper in found.items() if _is_kept(paper[0]) == kept]


def _read(path: Path) -> Iterator[Paper]:
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    if path.suffix == ".txt":
        parts = text_page.parse([data], not_after=date(2025, 12, 31))
        yield from ((part.title, part.abstract) for part in parts if isinstance(part, Entry))
    else:
        for line in data.splitlines():
            row = json.loads(line)
            yield row["title"], row["abstract"]


def _is_kept(title: str) -> bool:
    """Tell whether a paper is of the 30 % that nobody looks at while the rules are made."""
    return hashlib.sha256(f"claims:{title}".encode()).digest()[0] < 77


def show_figures(found: Sequence[Paper]) -> None:
    """Print what can be counted."""
    start = time.process_time()
    claims = [claim_of(*paper) for paper in found]
    cost = (time.process_time() - start) / len(found)
    print(f"{len(found)} papers, {cost * 1000:.2f} ms a claim")
    _share("have a name", [bool(claim.name) for claim in claims])
    from_title = [_is_of(claim.text, claim.title) for claim in claims]
    _share("text is of the title", from_title)
    cut = [claim for claim in claims if not _is_whole(claim)]
    _share("text is cut", [claim in cut for claim in claims])
    _share("of these end badly", [not ends_well(claim.text) for claim in cut])
    lengths = [len(claim.text) for claim in claims]
    tenths = statistics.quantiles(lengths, n=10)
    print(f"length of text: tenths {[round(one) for one in tenths]}, most {max(lengths)}")
    for limit in LIMITS:
        lines = [headline(claim, limit) for claim in claims]
        print(f"headlines of {limit} characters, median {statistics.median(map(len, lines))}")
        _share("  with an ellipsis", [line.endswith("\u2026") for line in lines])
        _share("  name and verb", [_acts(*pair) for pair in zip(claims, lines, strict=True)])


def _is_of(text: str, title: str) -> bool:
    return text.casefold() in title.casefold()


def _is_whole(claim: Claim) -> bool:
    """Tell whether the text ends as the title does."""
    return claim.title.rstrip(" .,;:").casefold().endswith(claim.text.casefold())


def _acts(claim: Claim, line: str) -> bool:
    return bool(claim.deed) and line.startswith(f"{claim.name} ")


def _share(label: str, judged: Sequence[bool]) -> None:
    share = sum(judged) / len(judged) if judged else 0
    print(f"{label}: {sum(judged)} of {len(judged)}, {share:.1%}")


def show_marked(marked: Sequence[Marked]) -> None:
    """Print how often what stands in for a vague title is of what people marked."""
    clauses = [next(told(paper.found, "", LONGEST_CLAIM), "") for paper in marked]
    _share("marked abstracts with a clause", [bool(clause) for clause in clauses])
    pairs = [pair for pair in zip(marked, clauses, strict=True) if pair[1]]
    _share("half of it or more is marked", [_marked(*pair) >= _HALF for pair in pairs])
    _share("its sentence is marked", [_sentence_marked(*pair) for pair in pairs])


def _sentence_marked(paper: Marked, clause: str) -> bool:
    """Tell whether people marked something in the sentence that the clause is of."""
    start, _ = _place(paper, clause)
    begins = [at for sentence in paper.found if (at := paper.text.find(sentence)) <= start]
    ends = [at for sentence in paper.found if (at := paper.text.find(sentence)) > start]
    inside = range(max(begins, default=0), min(ends, default=len(paper.text)))
    return len(_marks(paper).intersection(inside)) >= _LEAST_MARKED


def _marked(paper: Marked, clause: str) -> float:
    """Return which part of the clause people marked."""
    start, end = _place(paper, clause)
    inside = {n for n in range(start, end) if not paper.text[n].isspace()}
    return len(inside & _marks(paper)) / len(inside) if inside else 0.0


def _marks(paper: Marked) -> frozenset[int]:
    return frozenset().union(*(paper.marks.get(kind, frozenset()) for kind in KINDS))


def _place(paper: Marked, clause: str) -> tuple[int, int]:
    """Return where the clause is in the abstract, as far as it has its words without a gap."""
    core = clause
    while core:
        start = paper.text.find(core)
        if start >= 0:
            return start, start + len(core)
        core = core.rpartition(" ")[0]
    return 0, 0


def show_some(found: Sequence[Paper], count: int, seed: int) -> None:
    """Print claims and headlines to be read."""
    for title, abstract in random.Random(seed).sample(list(found), min(count, len(found))):
        claim = claim_of(title, abstract)
        lines = " | ".join(headline(claim, limit) for limit in LIMITS)
        print(f"\n{claim.title}\n  {claim.line}\n  {lines}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--marked", type=Path)
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    found = papers(chosen.papers, kept=chosen.kept)
    if chosen.show:
        show_some(found, chosen.show, chosen.seed)
        return
    show_figures(found)
    if chosen.marked:
        show_marked(read(chosen.marked, kept=chosen.kept))


if __name__ == "__main__":
    main()
