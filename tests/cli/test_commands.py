"""Each command on a real database: what it prints for people, and for programs."""

import csv
import io
import json

import pytest

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import BlockedError, InputError, NotFoundError, SettingsError
from digest.ground.database.engine import Database
from digest.ground.database.tables.paper_details import PaperTopicRow
from tests.factories import DAY


def test_init_says_what_it_did(run, tmp_path):
    assert "nothing to do" in run("init")
    (found,) = run("init", "--json")
    assert found["before"] == found["schema"]


def test_a_database_without_tables_is_refused_with_the_remedy(run, tmp_path, monkeypatch):
    (tmp_path / "digest.db").unlink()
    with pytest.raises(SettingsError) as caught:
        run("status")
    assert caught.value.hint == "digest init"


def test_papers_can_be_narrowed_by_topic_and_title(loaded):
    everything = loaded("papers", "--json")
    assert len(everything) == 30
    speech = loaded("papers", "--topic", "speech", "--json")
    assert 0 < len(speech) < 30
    assert all("speech" in paper["topics"] for paper in speech)
    assert loaded("papers", "--search", "STUDY 7 ", "--json")[0]["title"].count("study 7 ") == 1
    assert "newest dump" in loaded("papers", "--limit", "3")


def test_topics_are_listed_with_their_papers_and_readers(loaded):
    (topics,) = loaded("topics", "--json")
    assert len(topics) == 45
    assert {topic["slug"]: topic["readers"] for topic in topics}["speech"] == 1
    assert {topic["group"] for topic in topics} >= {"Language models", "Audio", "Any field"}
    table = loaded("topics")
    assert table.index("Audio") < table.index("speech") < table.index("Action & control")


def test_topics_of_a_file_of_papers_are_shown_and_bad_lines_cost_themselves(run, tmp_path):
    papers = [
        {"id": "1", "title": "Speech recognition", "abstract": "We study speech recognition."},
        {"id": "2", "title": "Roofs of old towns", "abstract": "They are warm."},
    ]
    file = tmp_path / "papers.jsonl"
    file.write_text("\n".join(map(json.dumps, papers)) + "\n\n")
    one, two = run("topics", "classify", str(file), "--json")
    assert (one["id"], one["title"]) == ("1", "Speech recognition")
    assert one["topics"][0]["slug"] == "speech"
    assert 0.5 < one["topics"][0]["confidence"] <= 1
    assert two == {"id": "2", "title": "Roofs of old towns", "topics": []}
    assert "speech 0." in run("topics", "classify", str(file))
    file.write_text(json.dumps(papers[0]) + '\n{"title": 3}\nnonsense\n')
    (one,) = run("topics", "classify", str(file), "--json", code=1)
    assert one["id"] == "1"


def test_another_catalogue_can_be_tried_on_a_file(run, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[[topic]]\nslug = "roofs"\nname = "Roofs"\ngroup = "Towns"\ndescription = "x"\n'
        'sure = ["roof"]\n'
    )
    file = tmp_path / "papers.jsonl"
    file.write_text('{"title": "Roofs of old towns", "abstract": "We study roofs."}')
    (found,) = run("topics", "classify", str(file), "--catalogue", str(own), "--json")
    assert [topic["slug"] for topic in found["topics"]] == ["roofs"]


def test_stored_papers_can_be_classified_anew(loaded):
    (report,) = loaded("topics", "refresh", "--json")
    assert report == {"papers": 30}
    assert "30 papers" in loaded("topics", "refresh")


def test_a_slug_of_the_former_catalogue_is_understood(loaded, tmp_path):
    loaded("subscribers", "add", "di@example.org", "--topics", "code:2;science-health")
    (di,) = loaded("subscribers", "show", "di@example.org", "--json")
    assert di["topics"] == {"coding": 2.0, "science": 1.0, "health": 1.0}
    assert loaded("papers", "--topic", "code", "--json") == loaded(
        "papers", "--topic", "coding", "--json"
    )
    file = tmp_path / "readers.csv"
    file.write_text("email,topics\ned@example.org,code\n")
    (report,) = loaded("subscribers", "import", str(file), "--confirmed", "--json")
    assert report["remarks"] == [
        {"line": 2, "remark": "topic 'code' is now 'coding'", "readers": 1}
    ]
    assert (report["added"], report["refused"]) == (1, 0)


def test_init_classifies_papers_that_have_topics_of_the_former_catalogue(loaded, sqlite_url):
    database = Database(sqlite_url)
    with database.write() as session:
        session.add(PaperTopicRow(paper_id=1, topic="x", confidence=1.0))
    database.close()
    (first,), (again,) = loaded("init", "--json"), loaded("init", "--json")
    assert (first["classified"], again["classified"]) == (30, 0)
    assert loaded("papers", "--topic", "x", "--json") == []


def test_a_text_can_be_tried_against_the_catalogue(loaded):
    (found,) = loaded("topics", "test", "Speech recognition in two languages", "--json")
    assert "speech" in found["topics"]
    assert any(hit["topic"] == "speech" for hit in found["phrases"])
    assert "speech" in loaded("topics", "test", "Speech recognition")
    assert "no phrase of any topic" in loaded("topics", "test", "xyzzy")


def test_subscribers_are_shown_with_what_they_want(loaded):
    ann, bob = loaded("subscribers", "list", "--json")
    assert ann["topics"] == {"speech": 2.0, "coding": 1.0}
    assert bob["interests"] == ["KV cache eviction"]
    (shown,) = loaded("subscribers", "show", "ANN@example.org", "--json")
    assert shown.items() >= ann.items()
    assert "ann@example.org" in loaded("subscribers", "list")
    assert "speech" in loaded("subscribers", "show", "ann@example.org")


def test_import_reports_bad_lines_and_export_reads_back(loaded, tmp_path):
    file = tmp_path / "readers.csv"
    file.write_text("email,topics,colour\ncy@example.org,coding,red\nbroken\nann@example.org,,\n")
    (report,) = loaded("subscribers", "import", str(file), "--confirmed", "--json", code=1)
    assert (report["added"], report["known"], report["refused"]) == (1, 1, 1)
    assert report["problems"][0]["line"] == 3
    assert report["ignored_columns"] == ["colour"]
    exported = list(csv.DictReader(io.StringIO(loaded("subscribers", "export"))))
    assert [row["email"] for row in exported] == [
        "ann@example.org",
        "bob@example.org",
        "cy@example.org",
    ]
    out = tmp_path / "out.csv"
    assert "3 subscribers" in loaded("subscribers", "export", "--out", str(out))
    assert out.read_text(encoding="utf-8").count("\n") == 4


def test_a_removed_subscriber_is_gone(loaded):
    loaded("subscribers", "remove", "bob@example.org")
    assert len(loaded("subscribers", "list", "--json")) == 1
    with pytest.raises(NotFoundError):
        loaded("subscribers", "show", "bob@example.org")


def test_a_mistake_in_preferences_is_told_in_words(loaded):
    with pytest.raises(InputError, match="no topic 'nosuch'"):
        loaded("subscribers", "add", "dee@example.org", "--topics", "nosuch")


def test_an_edition_is_opened_and_shown(loaded):
    with pytest.raises(NotFoundError, match="No edition is open yet"):
        loaded("edition")
    now = ("--now", "2026-11-19T08:00")
    (found,) = loaded("edition", "open", "--json", "--limit", "3", *now)
    assert found["edition"] == "2026-11-19"
    assert found["candidates"] == 30
    assert len(found["papers"]) == 3
    assert loaded("edition", "--json", "--limit", "3") == [found]
    assert loaded("edition", "show", "--json", "--limit", "3", "--date", "2026-11-19") == [found]
    assert "30 candidates, opened 2026-11-19 08:00 UTC" in loaded("edition")
    loaded("edition", "--date", "2026-11-19", "open", code=2)  # it would be the newest one
    with pytest.raises(NotFoundError, match="2020-01-01 is not open") as caught:
        loaded("edition", "--date", "2020-01-01")
    assert caught.value.hint == "digest edition open"
    with pytest.raises(NotFoundError, match="No paper was listed"):
        loaded("edition", "open", "--date", "2020-01-01")


def test_a_mail_can_be_looked_at_before_it_is_sent(loaded, tmp_path):
    assert "You follow:" in loaded("preview", "ann@example.org")
    loaded("preview", "ann@example.org", "--form", "html", "--out", "mail.html")
    assert (tmp_path / "mail.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "List-Unsubscribe: <" in loaded("preview", "ann@example.org", "--form", "eml")


def test_every_candidate_is_explained(loaded):
    (found,) = loaded("explain", "ann@example.org", "--json")
    assert len(found["papers"]) == 30
    picked = [paper for paper in found["papers"] if paper["picked"]]
    assert [paper["place"] for paper in picked] == list(range(1, 11))
    assert all(paper["reason"] for paper in picked)
    assert any("topic:speech" in paper["parts"] for paper in picked)
    (one,) = loaded("explain", "ann@example.org", "--paper", "study 7 ", "--json")
    assert len(one["papers"]) == 1
    assert "more; see --limit" in loaded("explain", "ann@example.org", "--limit", "5")


def test_a_send_is_told_and_listed(loaded):
    shown = loaded("send", "--dry-run")
    assert "ann@example.org: 10 papers" in shown
    assert "Would send" in shown
    assert "2 planned" in loaded("send")
    lines = loaded("deliveries", "--json")
    assert {line["email"] for line in lines} == {"ann@example.org", "bob@example.org"}
    assert all(line["state"] == "sent" for line in lines)
    papers = {line["email"]: len(line["papers"]) for line in lines}
    assert papers["ann@example.org"] == 10
    assert papers["bob@example.org"] > 3  # more than what fills a mail up
    assert all(line["message_id"].startswith("<20261119.") for line in lines)
    assert loaded("deliveries", "--state", "failed", "--json") == []
    assert len(loaded("deliveries", "--to", "ann@example.org", "--json")) == 1
    assert "250 2.0.0" in loaded("deliveries", "--date", "2026-11-19")
    (status,) = loaded("status", "--json")
    assert status["deliveries"] == {"sent": 2}
    assert "2 sent" in loaded("status")


def test_an_edition_is_paused_resumed_and_cancelled(loaded):
    loaded("edition", "open")
    assert "is paused: typo" in loaded("pause", "typo")
    (again,) = loaded("pause", "--json")
    assert (again["changed"], again["stopped"]["reason"]) == (False, "typo")
    with pytest.raises(BlockedError, match="typo"):
        loaded("send")
    assert "may go on" in loaded("resume")
    assert "is cancelled: by the operator" in loaded("cancel", "--date", DAY.isoformat())
    loaded("send", "--pause", code=2)


def test_a_send_that_was_paused_on_its_way_says_how_to_go_on(loaded, sink, tmp_path):
    readers = tmp_path / "readers.csv"
    readers.write_text("\n".join(["email", *(f"reader{n}@example.org" for n in range(40))]))
    loaded("subscribers", "import", str(readers), "--confirmed")
    sink.misbehaviour = Misbehaviour([parse_rule("every 2: 550 5.7.1 no")])
    said = loaded("send", code=1)
    assert "The edition is paused: of the first 20 mails, 10 failed" in said
    assert f"To go on: digest resume --date {DAY}" in said
    assert "See: digest deliveries --state failed" in said


def test_what_failed_is_queued_again(loaded):
    loaded("send")
    assert "nothing to retry" in loaded("retry")
    (found,) = loaded("retry", "--state", "deferred", "--dry-run", "--json")
    assert found == {"queued": {}, "stale": [], "dry_run": True, "single": 0}
    assert loaded("deliveries", "--reply", "550", "--json") == []
    assert len(loaded("deliveries", "--reply", "250*", "--json")) == 2


def test_out_needs_a_dry_run(loaded):
    loaded("send", "--out", "somewhere", code=2)


def test_subscriptions_are_tidied(loaded):
    assert loaded("subscribers", "tidy") == "0 forgotten, 0 resumed.\n"
    assert loaded("subscribers", "tidy", "--json") == [{"forgotten": 0, "resumed": 0}]


def test_lint_says_what_is_wrong_and_what_holds_the_edition(loaded, tmp_path, monkeypatch):
    (found,) = loaded("lint", "--json")
    assert found["edition"] == DAY.isoformat()
    assert {each["level"] for each in found["findings"]} == {"warning"}
    assert "no postal address is set" in loaded("lint", "--date", DAY.isoformat())
    folder = tmp_path / "templates" / "digest"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Re: {{ about }}")
    monkeypatch.setenv("DIGEST_TEMPLATES", str(folder.parent))
    assert "error: Subject pretends to be an answer" in loaded("lint", code=1)
    assert "error: Subject pretends to be an answer" in loaded("send", "--dry-run", code=1)
    with pytest.raises(BlockedError, match="Subject pretends to be an answer"):
        loaded("send")
    assert "error: Subject pretends to be an answer" in loaded("send", "--force")
    monkeypatch.delenv("DIGEST_TEMPLATES")


def test_papers_are_found_by_their_authors_and_name_the_first(loaded, tmp_path):
    authors = ["Ada Ode", "Béla Łódź", "Cem Fir", "Dana Oak"]
    paper = {"title": "Kettles", "abstract": "We boil.", "authors": authors}
    dump = tmp_path / "kettles.jsonl"
    dump.write_text(f'{{"date": "{DAY}"}}\n{json.dumps(paper)}\n', "utf-8")
    loaded("ingest", str(dump))
    (found,) = loaded("papers", "--search", "łódź", "--json")
    assert (found["title"], found["authors"]) == ("Kettles", authors)
    assert "Ada Ode, Béla Łódź and 2 more" in loaded("papers", "--search", "KETTLES")
