"""A notice of withdrawal is about the paper itself. Forms of arXiv, bioRxiv and publishers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.withdrawals import is_withdrawn, notice_of

TITLE = "Why kettles sing"
ABSTRACT = "We measure kettles in nine kitchens."


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn by the authors due to a crucial error in Lemma 2.",
        "This paper has been withdrawn by the author(s) due to a crucial sign error",
        "This Paper Has Been Withdrawn By The Authors",
        "This paper has been withdrawn",
        "This paper has been withdrawn by V. Kettle due to an error",
        "This paper has been temporarily withdrawn by the authors for revision",
        "This paper was withdrawn by the author; see arXiv:2611.00001",
        "This paper is withdrawn and replaced by arXiv:2611.00009",
        "*** This paper has been withdrawn ***",
        "This submission has been withdrawn by arXiv administrators due to text overlap",
        "arXiv admin note: This submission has been withdrawn by arXiv administrators",
        "arXiv admin note: submission withdrawn due to overlap with arXiv:2611.00001",
        "This version withdrawn by arXiv administrators because the author had no right to it",
        "The paper has been withdrawn because of a mistake",
        "The present paper has been withdrawn",
        "Paper has been withdrawn by the author because of an error",
        "Withdrawn",
        "Withdrawn.",
        "[withdrawn]",
        "Paper withdrawn",
        "Comments: withdrawn",
        "Withdrawn due to an error in section 3",
        "Retracted by the authors",
        "The authors have withdrawn this manuscript owing to inconsistencies.",
        "The authors have withdrawn their manuscript because it was posted twice.",
        "We withdraw this paper as the main theorem is wrong.",
        "I have retracted this paper",
        "This article has been retracted at the request of the authors.",
        "This article has been withdrawn: please see the policy on withdrawal.",
        "This preprint has now been withdrawn.",
        "This work has been withdrawn by the authors.",
        "Due to an error in Lemma 2, this paper has been withdrawn.",
        f"{ABSTRACT} This paper has been withdrawn by the author due to a gap in the proof.",
        f"{ABSTRACT} (This submission has been withdrawn.)",
        "An error was found in the proof; the paper has been withdrawn by the authors.",
    ],
)
def test_a_notice_is_one_wherever_the_list_puts_it(text):
    assert is_withdrawn(TITLE, text)
    if not text.startswith(ABSTRACT):
        assert notice_of(TITLE, ABSTRACT, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "We study opioid withdrawal in nine kitchens.",
        "We study why papers are withdrawn from arXiv and find that errors dominate.",
        "We collect 14,000 papers that have been withdrawn by their authors.",
        'The abstract "This paper has been withdrawn by the authors" stands on 3,000 pages.',
        "We look at notices such as 'This paper has been withdrawn'. They are short.",
        "Retracted articles go on being cited. Withdrawn ones do not.",
        "This paper studies retracted claims.",
        "This paper presents a method to detect withdrawn papers.",
        "The article was retracted in 2010, yet it goes on being cited. We ask why.",
        "If this paper has been withdrawn by the authors, our tool says so.",
        "Our approach predicts which submission is withdrawn by the authors before review.",
        "Cash is withdrawn from machines. This is a study of queues.",
        "The work is withdrawn from the piston as heat.",
        "Troops were withdrawn by the authorities because of the flood.",
        "The robot retracts its arm; withdrawn, it rests.",
        "We test a drug. Withdrawn due to side effects, it came back.",
        "Withdrawn participants were replaced.",
        "Withdrawn and isolated adolescents are studied.",
        "The authors withdraw blood from mice.",
        "This study was withdrawn from the register by its sponsor; we analyse why.",
        "The note was withdrawn from circulation.",
        "Consent is given or withdrawn by the authors of posts.",
        "Smith et al. published in 1998. This article was later retracted. We count its readers.",
        "",
    ],
)
def test_what_speaks_of_withdrawal_is_no_notice(text):
    assert not is_withdrawn(TITLE, text)
    assert notice_of(TITLE, text, "") == ""


@pytest.mark.parametrize(
    "title",
    [
        *("WITHDRAWN: Why kettles sing", "RETRACTED: Why kettles sing", "WITHDRAWN"),
        *("RETRACTED ARTICLE: Why kettles sing", "RETRACTED CHAPTER: Why kettles sing"),
        *("Retracted: Why kettles sing", "[RETRACTED] Why kettles sing", "Withdrawn: Why kettles"),
        *("Retraction: Why kettles sing", "Retraction Note: Why kettles sing"),
        *("Retraction note to: Why kettles sing", 'Retraction notice to "Why kettles sing" [J 1]'),
        *("Notice of Retraction: Why kettles sing", "Statement of Retraction: Why kettles sing"),
        *("Why kettles sing (Retracted)", "Why kettles sing [withdrawn]"),
        *("Why kettles sing (RETRACTED ARTICLE)", "Why kettles sing - RETRACTED"),
    ],
)
def test_a_title_can_say_it(title):
    assert is_withdrawn(title, ABSTRACT)
    assert notice_of(title, ABSTRACT, "") == title


@pytest.mark.parametrize(
    "title",
    [
        *("Withdrawn adolescents", "Retracted papers and their readers", "Opioid withdrawal"),
        *("Retraction of the left lung", "Withdrawal: a clinical guide", "On Retractions: maps"),
        *("Why are papers (retracted or not) cited?", "RETRACTOR: a tool", "Notice the retraction"),
        *("Retracted needle: control of a robot", "Learning from articles that were retracted"),
    ],
)
def test_a_title_about_it_is_none(title):
    assert not is_withdrawn(title, ABSTRACT)


@pytest.mark.parametrize(
    ("comment", "notice"),
    [
        ("10 pages, 3 figures; withdrawn due to an error", "withdrawn due to an error"),
        ("9 pages, withdrawn", "withdrawn"),
        (
            "v2. This paper has been withdrawn by its author",
            "v2. This paper has been withdrawn by its author",
        ),
        ("Supersedes withdrawn arXiv:2611.00001", ""),
        ("This paper replaces arXiv:2611.00001, which has been withdrawn", ""),
        ("An earlier version was withdrawn; this one is corrected", ""),
        ("v1 was withdrawn by mistake", ""),
        ("9 pages", ""),
    ],
)
def test_a_comment_can_say_it_behind_other_things(comment, notice):
    assert notice_of(TITLE, ABSTRACT, comment) == notice
    if notice:
        assert is_withdrawn(TITLE, notice)


@given(st.text(), st.text(), st.text())
def test_what_takes_the_place_of_an_abstract_says_it(title, abstract, comment):
    notice = notice_of(title, abstract, comment)
    assert not notice or is_withdrawn(title, notice)


@pytest.mark.parametrize(
    "piece",
    ["this paper has been withdrawn ", "withdrawn ", "a. withdrawn b ", "[[[ withdrawn", " withdr"],
)
def test_long_texts_are_looked_through_in_one_go(piece):
    is_withdrawn(piece * 10_000, piece * 10_000)
