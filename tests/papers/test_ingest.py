import hashlib
import json
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from digest.errors import DumpError
from digest.ground.database.engine import Database
from digest.ground.database.tables.paper_details import AppearanceRow, PaperTopicRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus, PaperRow, RevisionRow
from digest.papers import dump_files, dump_loading
from digest.papers.dump_loading import Origin
from digest.papers.dumps import text_page
from digest.papers.dumps.parts import YearSource
from digest.papers.ingest import ingest
from tests.dump_pages import make_abstract, write_dump

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def by_word(title: str, abstract: str) -> dict[str, float]:
    """Every capitalised word of title and abstract is a topic."""
    words = f"{title} {abstract}".split()
    return {word.strip(".").lower(): 0.5 for word in words if word[0].isupper()}


@pytest.fixture
def load(database):
    """Ingest paths and return the report."""

    def run(*paths, now=NOW, given=None, classify=by_word, progress=None):
        return ingest(database, paths, now=now, given=given, classify=classify, progress=progress)

    return run


def rows(database, *columns, **filters):
    with database.read() as session:
        query = select(*columns).filter_by(**filters)
        return [tuple(row) for row in session.execute(query.order_by(*columns))]


def snapshot(database) -> dict[str, list]:
    tables = (AppearanceRow, PaperRow, PaperTopicRow, RevisionRow, DumpRow)
    with database.read() as session:
        return {
            table.__tablename__: session.execute(select(*table.__table__.columns)).all()
            for table in tables
        }


def test_a_dump_becomes_papers_with_ranks_links_and_topics(load, database, tmp_path):
    linked = make_abstract("Kettle", "Code: https://github.com/example-lab/kettle.")
    report = load(write_dump(tmp_path / "a.txt", ("Kettle", linked), "Hedge", day="Nov 17"))
    (dump,) = report.dumps
    assert (dump.status, dump.date, dump.year_source) == (
        "new",
        date(2026, 11, 17),
        YearSource.FILE,
    )
    assert (report.tally.entries, report.tally.new, report.complete) == (2, 2, True)
    with database.read() as session:
        kettle, hedge = session.scalars(select(PaperRow).order_by(PaperRow.id))
    assert (kettle.title, hedge.title, hedge.code_urls) == ("Kettle", "Hedge", [])
    assert kettle.code_urls == ["https://github.com/example-lab/kettle"]
    assert rows(database, AppearanceRow.rank, AppearanceRow.paper_id) == [
        (1, kettle.id),
        (2, hedge.id),
    ]
    assert ("kettle",) in rows(database, PaperTopicRow.topic, paper_id=kettle.id)
    assert rows(database, RevisionRow.abstract, paper_id=kettle.id) == [(linked,)]
    assert rows(database, DumpRow.status, DumpRow.entries) == [(DumpStatus.LOADED, 2)]


def test_the_same_paper_in_another_dump_is_a_repeat(load, database, tmp_path):
    load(write_dump(tmp_path / "a.txt", "Kettle", "Hedge"))
    report = load(
        write_dump(tmp_path / "b.txt", ("KETTLE!", make_abstract("Kettle")), "Oven", day="Nov 18")
    )
    tally = report.tally
    assert (tally.entries, tally.new, tally.repeated, tally.revised) == (2, 1, 1, 0)
    assert [title for (title,) in rows(database, PaperRow.title)] == ["Hedge", "Kettle", "Oven"]
    assert len(rows(database, AppearanceRow.rank)) == 4


def test_a_paper_twice_in_one_dump_keeps_its_best_rank(load, database, tmp_path):
    kettle = ("kettle", make_abstract("Another text of it"))
    report = load(write_dump(tmp_path / "a.txt", "Hedge", "Kettle", "Oven", kettle))
    tally = report.tally
    assert (tally.entries, tally.new, tally.repeated, tally.revised) == (4, 3, 1, 0)
    assert [rank for (rank,) in rows(database, AppearanceRow.rank)] == [1, 2, 3]
    assert rows(database, func.count(RevisionRow.id)) == [(3,)]


def test_a_paper_twice_in_one_dump_is_seen_across_chunks(database, tmp_path):
    dump = write_dump(tmp_path / "a.txt", "Hedge", "Kettle", "Oven", "Hedge", "Kettle")
    parts = text_page.parse([dump.read_bytes()], not_after=NOW.date())
    with database.write() as session:
        loaded = dump_loading.load(
            session, Origin("a", "hash"), parts, now=NOW, classify=by_word, chunk_entries=2
        )
    assert (loaded.tally.new, loaded.tally.repeated) == (3, 2)
    assert [rank for (rank,) in rows(database, AppearanceRow.rank)] == [1, 2, 3]


def test_a_revised_abstract_is_kept_and_describes_the_paper_from_now_on(load, database, tmp_path):
    revised = make_abstract("Kettle", "Now at https://kettle.example.org. Steam matters.")
    load(write_dump(tmp_path / "a.txt", "Kettle"))
    report = load(write_dump(tmp_path / "b.txt", ("Kettle", revised), day="Nov 18"))
    assert (report.tally.new, report.tally.repeated, report.tally.revised) == (0, 1, 1)
    assert len(rows(database, RevisionRow.abstract)) == 2
    assert len(rows(database, PaperRow.id)) == 1
    with database.read() as session:
        assert session.scalars(select(PaperRow)).one().project_urls == [
            "https://kettle.example.org"
        ]
    assert ("steam",) in rows(database, PaperTopicRow.topic)


def test_an_old_dump_that_comes_late_brings_no_old_text_back(load, database, tmp_path):
    old = make_abstract("Kettle", "Old, at https://old.example.org.")
    load(write_dump(tmp_path / "b.txt", "Kettle", day="Nov 18"))
    report = load(write_dump(tmp_path / "a.txt", ("Kettle", old), day="Nov 16"))
    again = load(write_dump(tmp_path / "c.txt", ("Kettle", old), "Oven", day="Nov 17"))
    assert (report.tally.revised, again.tally.revised) == (1, 0)
    with database.read() as session:
        assert session.scalars(select(PaperRow).limit(1)).one().project_urls == []
    assert ("old",) not in rows(database, PaperTopicRow.topic)


def test_the_fullest_list_of_authors_is_kept_whichever_dump_comes_first(load, database, tmp_path):
    few, many, full = ["A. Ode"], ["A. Ode", "B. Elm"], ["Ada Ode", "Béla Elm"]
    for number, (authors, kept) in enumerate(
        [([], ()), (few, few), (many, many), (full, full), (many, full), (few, full), ([], full)]
    ):
        title = f"Kettle, {' ' * number}a study"  # the same paper, another file
        paper = {"title": title, "abstract": "We boil.", "authors": authors, "stars": number}
        dump = tmp_path / f"{number}.jsonl"
        dump.write_text(f'{{"date": "2026-11-{10 + number}"}}\n{json.dumps(paper)}\n')
        assert load(dump).complete
        assert rows(database, PaperRow.authors) == [(tuple(kept),)]
    assert rows(database, AppearanceRow.stars) == [(number,) for number in range(7)]


def test_of_a_paper_that_a_dump_lists_twice_the_fuller_byline_counts(load, database, tmp_path):
    papers = [
        {"title": "Kettle", "abstract": "We boil."},
        {
            "title": "Kettle",
            "abstract": "We boil.",
            "authors": [{"name": "Ada", "affiliation": "U"}],
        },
    ]
    dump = tmp_path / "a.jsonl"
    dump.write_text("\n".join(['{"date": "2026-11-10"}', *map(json.dumps, papers)]))
    load(dump)
    assert rows(database, PaperRow.authors, PaperRow.affiliations) == [(("Ada",), ("U",))]


def test_white_space_is_no_revision(load, tmp_path):
    load(write_dump(tmp_path / "a.txt", "Kettle"))
    spaced = make_abstract("Kettle").replace(". ", ".  ")
    report = load(write_dump(tmp_path / "b.txt", ("Kettle", spaced), day="Nov 18"))
    assert (report.tally.repeated, report.tally.revised) == (1, 0)


def test_the_same_content_again_changes_nothing_and_says_when_it_came(load, database, tmp_path):
    first = write_dump(tmp_path / "a.txt", "Kettle")
    load(first)
    before = snapshot(database)
    shutil.copy(first, tmp_path / "b.txt")
    report = load(first, tmp_path / "b.txt", now=NOW + timedelta(days=1))
    assert [dump.status for dump in report.dumps] == ["known", "known"]
    reason = "the same content was loaded as 'a.txt' on 2026-11-20 12:00 UTC"
    assert {dump.reason for dump in report.dumps} == {reason}
    assert report.complete
    assert report.tally.entries == 0
    assert snapshot(database) == before


def test_two_dumps_of_one_date_are_two_dumps(load, database, tmp_path):
    report = load(write_dump(tmp_path / "a.txt", "Kettle"), write_dump(tmp_path / "b.txt", "Hedge"))
    assert [dump.status for dump in report.dumps] == ["new", "new"]
    assert len(rows(database, DumpRow.date)) == 2


def test_a_refused_dump_leaves_only_its_row_and_the_others_load(load, database, tmp_path):
    write_dump(tmp_path / "a.txt", "Kettle")
    bad = write_dump(tmp_path / "b.txt", "Hedge", "Oven", ("Toast", ""))
    write_dump(tmp_path / "c.txt", "Lamp")
    report = load(tmp_path)
    assert [dump.status for dump in report.dumps] == ["new", "refused", "new"]
    assert (report.refused, report.complete) == (1, False)
    assert (report.dumps[1].file, report.dumps[1].line) == (str(bad), 17)
    assert [title for (title,) in rows(database, PaperRow.title)] == ["Kettle", "Lamp"]
    assert rows(
        database, DumpRow.reason, DumpRow.date, DumpRow.entries, status=DumpStatus.REFUSED
    ) == [("line 17: the file is cut off: its last title has no abstract", None, 0)]


def test_a_dump_that_was_refused_is_tried_again(load, database, tmp_path):
    dump = write_dump(tmp_path / "a.txt", "Kettle", day="Today")
    first = load(dump)
    second = load(dump, given=date(2026, 11, 18))
    assert first.dumps[0].reason.startswith("no date line")
    assert (second.dumps[0].status, second.dumps[0].year_source) == ("new", YearSource.GIVEN)
    assert rows(database, DumpRow.status, DumpRow.reason, DumpRow.date) == [
        (DumpStatus.LOADED, "", date(2026, 11, 18))
    ]


def test_a_single_bad_entry_costs_itself_only(load, tmp_path):
    report = load(write_dump(tmp_path / "a.txt", "Kettle", ("x" * 1001, "y " * 400), "Hedge"))
    (dump,) = report.dumps
    assert (dump.status, dump.tally.entries, report.refused) == ("new", 2, 0)
    assert [refusal.line for refusal in dump.refusals] == [13]
    assert not report.complete


def test_a_file_of_refusals_is_no_dump(load, tmp_path):
    titles = [block for n in range(1002) for block in (f"Title {n}", f"Other {n}")]
    pairs = zip(titles[::2], titles[1::2], strict=True)
    report = load(write_dump(tmp_path / "a.txt", *pairs, "Kettle"))
    assert report.dumps[0].reason == "more than 1,000 entries cannot be used"


def test_arguments_that_are_no_dumps_are_refused_by_name(load, tmp_path):
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    paths = [tmp_path / name for name in ("missing.txt", "empty", "pipe", "good.txt")]
    write_dump(paths[-1], "Kettle")
    report = load(*paths)
    assert [(dump.status, dump.reason) for dump in report.dumps] == [
        ("refused", "no such file or directory"),
        ("refused", "the folder has no *.txt or *.jsonl files"),
        ("refused", "not a regular file"),
        ("new", ""),
    ]


def test_a_file_that_cannot_be_read_is_refused(load, tmp_path, monkeypatch):
    def denied(_path, _mode):
        raise PermissionError(13, "Permission denied")  # root may read every real file

    dump = write_dump(tmp_path / "a.txt", "Kettle")
    monkeypatch.setattr(type(dump), "open", denied)
    assert load(dump).dumps[0].reason == "cannot be read: Permission denied"


def test_a_file_that_goes_away_between_two_readings_is_refused(tmp_path):
    file = dump_files.examine(write_dump(tmp_path / "a.txt", "Kettle"))
    file.path.unlink()
    with pytest.raises(DumpError, match="cannot be read: No such file"):
        list(dump_files.read(file, None))


def test_a_file_that_changes_while_it_is_read_is_refused(load, database, tmp_path):
    dump = write_dump(tmp_path / "a.txt", "Kettle")

    def meddle(path, _done, _total):
        with path.open("a") as file:
            file.write(" And more.")

    report = load(dump, progress=meddle)
    assert report.dumps[0].reason == "the file changed while it was read"
    assert not rows(database, PaperRow.id)


@pytest.mark.parametrize(
    ("modified", "given", "expected"),
    [
        (datetime(2026, 11, 17, 0, 1, tzinfo=UTC), None, date(2026, 11, 17)),
        (datetime(2026, 11, 16, 23, 59, tzinfo=UTC), None, date(2025, 11, 17)),
        (datetime(2026, 11, 20, tzinfo=UTC), date(2025, 12, 31), date(2025, 11, 17)),
    ],
)
def test_a_year_comes_from_the_operator_or_the_time_of_the_file(
    load, tmp_path, modified, given, expected
):
    dump = write_dump(tmp_path / "a.txt", "Kettle", day="Nov 17", modified=modified)
    assert load(dump, given=given).dumps[0].date == expected


def test_a_failure_of_ours_keeps_the_dumps_before_it(load, database, tmp_path):
    def broken(title, _abstract):
        if title == "Hedge":
            raise ZeroDivisionError
        return {}

    dumps = [write_dump(tmp_path / f"{title}.txt", title) for title in ("Kettle", "Hedge")]
    with pytest.raises(ZeroDivisionError):
        load(*dumps, classify=broken)
    assert rows(database, PaperRow.title) == [("Kettle",)]
    assert rows(database, DumpRow.name) == [("Kettle.txt",)]


def test_two_ingests_at_once_load_each_dump_and_each_paper_once(database, tmp_path):
    for number in range(6):
        write_dump(tmp_path / f"{number}.txt", f"Kettle {number}", f"Kettle {number + 1}")
    url = database.url.render_as_string(hide_password=False)

    def run(_number):
        own = Database(url)
        report = ingest(own, [tmp_path], now=NOW, given=None, classify=by_word)
        own.close()
        return report

    with ThreadPoolExecutor(3) as threads:
        reports = list(threads.map(run, range(3)))
    statuses = Counter(dump.status for report in reports for dump in report.dumps)
    assert statuses == {"new": 6, "known": 12}
    assert sum(report.tally.new for report in reports) == 7
    assert len(rows(database, PaperRow.id)) == 7


def test_progress_is_told_in_bytes(load, tmp_path):
    dump = write_dump(tmp_path / "a.txt", "Kettle")
    told = []
    load(dump, progress=lambda *step: told.append(step))
    assert told == [(dump, dump.stat().st_size, dump.stat().st_size)]


def test_a_file_is_known_by_the_sha_256_of_its_bytes(tmp_path):
    path = tmp_path / "big.txt"
    path.write_bytes(b"x" * 1_000_000)
    file = dump_files.examine(path)
    assert file.content_hash == hashlib.sha256(b"x" * 1_000_000).hexdigest()
    assert (file.size, len(file.first_bytes)) == (1_000_000, 4096)
    assert b"".join(dump_files.read(file, None)) == b"x" * 1_000_000


def test_the_five_real_dumps_give_the_known_figures(load, database, shared):
    report = load(shared / "dumps", given=date(2025, 12, 31)).to_json()
    totals = {key: value for key, value in report.items() if key != "dumps"}
    assert totals == {"entries": 464, "papers": 407, "repeats": 57, "revised": 1, "refused": 0}
    assert [
        (dump["date"], dump["entries"], dump["new"], dump["repeated"]) for dump in report["dumps"]
    ] == [
        ("2025-03-17", 77, 77, 0),
        ("2025-03-14", 98, 91, 7),
        ("2025-03-14", 135, 119, 16),
        ("2025-04-28", 58, 43, 15),
        ("2025-09-02", 96, 77, 19),
    ]
    assert not any(dump["refusals"] for dump in report["dumps"])
    before = snapshot(database)
    again = load(shared / "dumps").to_json()
    assert {dump["status"] for dump in again["dumps"]} == {"known"}
    assert (again["entries"], again["papers"], again["refused"]) == (0, 0, 0)
    assert snapshot(database) == before
