"""What variety costs and brings: how alike the papers of one mail are, and how relevant they stay.

    python -m benchmarks.variety FOLDER

FOLDER as for benchmarks.votes. All papers make one edition; readers follow one labelled topic,
three of them, or one of the typed interests, and get ten papers. From each level (thousandths of
similarity) on papers wait for others; 1001 is no variety.
"""

import sys
from itertools import combinations
from pathlib import Path
from statistics import mean

from benchmarks.votes import load, make_matrix
from digest.evaluation.labelled import read_interests, read_labels
from digest.evaluation.rules.measures import ndcg
from digest.model import Preferences, Reader, ReasonKind
from digest.papers.rules.identity import identity
from digest.selection.candidate_matrix import ALIKE
from digest.selection.selection import select
from digest.selection.similarity import Similarity, term_table

LEVELS = (1001, 300, 250, 200, 170, 150)


def main(folder: Path) -> None:
    """Measure and print."""
    material = load(folder)
    papers = material.papers
    matrix = make_matrix(papers, material.classifier)
    rows = [matrix.similarity_to(paper).tolist() for paper in papers]
    ids = {identity(paper.title): paper.id for paper in papers}
    labels = {
        ids[identity(label.title)]: label
        for label in read_labels(folder / "relevance" / "papers-labelled.jsonl")
    }
    wishes = read_interests(folder / "relevance" / "interests.jsonl")
    slugs = sorted({slug for label in labels.values() for slug in label.topics})
    wanted = [Preferences({slug: 1.0}) for slug in slugs]
    for place, slug in enumerate(slugs):
        others = (slugs[(place + step) % len(slugs)] for step in (5, 11))
        wanted.append(Preferences({slug: 2.0, **dict.fromkeys(others, 1.0)}))
    wanted += [Preferences({}, (wish.interest,)) for wish in wishes]
    readers = [Reader(number, "", "", prefs, b"") for number, prefs in enumerate(wanted)]
    for level in LEVELS:
        matrix.alike = Similarity(term_table(papers, level)).alike
        mails = select(matrix, readers)
        pairs = [
            [rows[a][b] for a, b in combinations((matrix.position_of[id_] for id_, _ in mail), 2)]
            for mail in mails
        ]
        right = [
            reason.subject in labels[paper_id].topics
            for mail in mails
            for paper_id, reason in mail
            if reason.kind is ReasonKind.TOPIC
            and paper_id in labels
            and reason.subject not in labels[paper_id].either
        ]
        gains = []
        for wish, mail in zip(wishes, mails[-len(wishes) :], strict=True):
            grades = {ids[key]: grade for key, grade in wish.grades.items()}
            answers = [id_ for id_, reason in mail if reason.kind is ReasonKind.INTEREST]
            gains.append(ndcg([grades.get(id_, 0) for id_ in answers], list(grades.values())))
        topic_pairs = pairs[: -len(wishes)]  # who typed a narrow subject gets it
        alike = mean(sum(one >= ALIKE for one in mail) for mail in topic_pairs)
        print(
            f"{level:5}  mean similarity {mean(map(mean, topic_pairs)) / 1000:.4f}",
            f"closest pair {mean(map(max, topic_pairs)) / 1000:.3f}",
            f"pairs >= {ALIKE / 1000} a mail {alike:.2f}",
            f"topic precision {mean(right):.3f} (of {len(right)})",
            f"interest nDCG@10 {mean(gains):.3f}",
            sep="  ",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
