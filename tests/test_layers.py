"""The shape of the house: imports point down, and what is pure touches nothing."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "digest"
# From the ground up: a package imports what stands before it, and nothing else.
PACKAGES = (
    *(
        "errors",
        "model",
        "setting_values",
        "setting_kinds",
        "settings",
        "setting_needs",
        "ground",
        "setting_origins",
        "smtp",
    ),
    "devtools",
    *("topics", "interests", "selection", "summary", "replies", "papers", "catalogues"),
    *("render", "sources", "webhooks", "editions", "api_keys", "runs", "installation"),
    *("subscribers", "accounts", "bounces", "evaluation", "transactional", "seals", "delivery"),
    *("lab", "outbox", "dmarc", "postmaster", "intake", "backups"),
    *("statistics", "operations", "app", "workers", "web", "scheduler", "cli", "__main__"),
)
# Where every module is pure; beside these, every folder called `rules`.
PURE = {
    *("model", "topics", "interests", "selection", "summary", "replies", "render"),
    *("ground/text", "ground/time", "ground/tokens", "papers/dumps", "sources/kinds"),
    "intake/returned",
    "bounces/providers",
}
MOST_MODULES = 25  # a folder
IMPURE = {
    # clock, chance, environment
    *("time", "random", "secrets", "uuid", "os", "sys", "platform", "signal", "locale"),
    # disk
    *("io", "pathlib", "shutil", "tempfile", "glob", "fileinput", "fcntl", "mmap"),
    # network and other processes
    *("socket", "socketserver", "select", "selectors", "ssl", "http", "smtplib", "ftplib"),
    *("asyncio", "subprocess", "multiprocessing", "concurrent"),
    *("urllib.request", "aiosmtplib", "aiosmtpd", "httpx", "requests"),
    # databases and the world around
    *("sqlite3", "sqlalchemy", "alembic", "psycopg", "fastapi", "uvicorn", "typer", "rich"),
}
IMPURE_CALLS = {"open", "input", "print", "breakpoint"}
IMPURE_METHODS = {"now", "today", "utcnow", "getenv", "read_text", "read_bytes", "write_text"}
HEAVY = ("sqlalchemy", "numpy", "fastapi")


def modules() -> list[Path]:
    """Return every module of the package."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_shipped" not in path.parts]


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports anywhere in it, `from a import b` as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def package_of(name: str) -> str:
    """Return the first part below `digest`: "papers" for digest.papers.rules.identity."""
    return name.split(".")[1] if "." in name else ""


def folder_of(path: Path) -> str:
    """Return the folder below `digest`, such as "papers/rules"."""
    return path.parent.relative_to(PACKAGE).as_posix()


def is_pure(path: Path) -> bool:
    """Whether a module must not touch the world."""
    folder = folder_of(path)
    within = any(folder == pure or folder.startswith(f"{pure}/") for pure in PURE)
    return within or "rules" in path.relative_to(PACKAGE).parts[:-1]


def role(name: str) -> str:
    """Return what a module is by its folder: "rules", "store", or "" for everything else."""
    parts = name.split(".")[2:-1]
    return next((part for part in ("rules", "store") if part in parts), "")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down(path):
    here = package_of(name_of(path))
    if not here:
        return
    assert here in PACKAGES, f"{here} has no place in the order"
    below = set(PACKAGES[: PACKAGES.index(here) + 1])
    ours = {package_of(name) for name in imported(path) if name.startswith("digest.")}
    assert ours - {"__version__"} <= below


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_rules_know_no_database_and_stores_know_no_use_case(path):
    here = role(name_of(path))
    if not here:
        return
    package = package_of(name_of(path))
    ours = {name for name in imported(path) if name.startswith(f"digest.{package}.")}
    if here == "rules":
        assert {name for name in ours if ".store" in name} == set()
    roles = {name for name in ours if not any(f".{one}" in name for one in ("rules", "store"))}
    assert {name for name in roles if not is_module_of_pure(name)} == set()


def is_module_of_pure(name: str) -> bool:
    """Whether a dotted name lies in a folder that is wholly pure."""
    below = "/".join(name.split(".")[1:])
    return any(below.startswith(pure) for pure in PURE)


@pytest.mark.parametrize("path", [path for path in modules() if is_pure(path)], ids=name_of)
def test_what_is_pure_reads_no_clock_environment_disk_network_database_or_chance(path):
    impure = {
        name
        for name in imported(path)
        if any(name == module or name.startswith(f"{module}.") for module in IMPURE)
    }
    assert not impure
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in IMPURE_CALLS, f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in IMPURE_METHODS, f"line {node.lineno}"


def test_no_folder_holds_more_modules_than_one_can_overlook():
    counts = Counter(folder_of(path) for path in modules())
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_settings_alone_look_at_the_environment():
    for path in modules():
        readers = {"os.environ", "os.getenv"} & imported(path)
        source = path.read_text(encoding="utf-8")
        reads = readers or "os.environ" in source or "os.getenv" in source
        # The package itself sets one variable of a library, before that is imported.
        assert not reads or path in (PACKAGE / "settings.py", PACKAGE / "__init__.py"), path


def commands() -> list[str]:
    return [name_of(path) for path in sorted((PACKAGE / "cli").rglob("*.py"))]


def test_help_is_quick_no_command_loads_what_is_heavy_before_it_runs():
    """One process imports them all: what is loaded for nothing would be loaded for `--help`."""
    lines = [
        "import importlib, sys",
        f"for name in {commands()}:",
        "    importlib.import_module(name)",
        f"    print(name, [heavy for heavy in {HEAVY} if heavy in sys.modules])",
    ]
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert [line for line in run.stdout.splitlines() if not line.endswith("[]")] == []


def test_a_send_loads_only_what_it_needs():
    """Each of these takes time and megabytes, and a plain send on SQLite uses none of them."""
    needless = ("alembic", "httpx", "cryptography", "psycopg", "sqlalchemy.dialects.postgresql")
    loaded = f"[one for one in {needless} if one in sys.modules]"
    program = f"import sys, digest.workers.local; print({loaded})"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_the_status_loads_no_numpy(sqlite_url):
    program = (
        "import sys; from digest.app import build_app; from digest.settings import load_settings;"
        f"build_app(load_settings(database_url={sqlite_url!r})).operations.status();"
        "print('numpy' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
