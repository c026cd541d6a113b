"""Where the journals lie: beside the SQLite file itself, whatever links lead to it."""

from pathlib import Path

from digest.app import App, build_app
from digest.delivery.store.journal import Journal
from digest.settings import load_settings


def make_app(file: Path) -> App:
    return build_app(load_settings(database_url=f"sqlite:///{file}"))


def test_who_comes_by_a_link_finds_the_journals_of_who_does_not(sqlite_url, tmp_path):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    (link := tmp_path / "link.db").symlink_to(file)
    by_link, by_file = make_app(link), make_app(file)
    assert by_link.journals == by_file.journals == file.with_name(f"{file.name}-journals")
    assert by_file.former_journals is None
    by_link.close()
    by_file.close()


def test_a_dead_worker_s_journal_beside_a_link_is_settled_and_a_living_one_s_left(
    sqlite_url, tmp_path
):
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    (link := tmp_path / "link.db").symlink_to(file)
    app = make_app(link)
    beside_link = app.former_journals
    assert beside_link == tmp_path / "link.db-journals"
    dead, alive = Journal(beside_link, "dead"), Journal(beside_link, "alive")
    dead.head(1, 1)
    dead.begin(7, b"")
    dead.close()
    app.delivery.recover()
    assert [path.name for path in beside_link.iterdir()] == ["alive.journal"]
    assert not list(app.journals.iterdir())  # no edition is known to it, so nobody waits for it
    alive.close()
    app.close()
