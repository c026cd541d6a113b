"""The shape of the house: imports point down, never sideways, and core touches nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "digest"
GROUND = {"model", "errors", "settings", "setting_kinds"}  # every layer may speak in these
WAYS_IN = {"cli", "web", "scheduler", "worker"}
LAYERS = {
    "core": set(),
    "db": set(),
    "mail": set(),
    "fetch": set(),
    "services": {"core", "db", "mail", "fetch"},
    **{way_in: {"core", "db", "mail", "fetch", "services"} for way_in in WAYS_IN},
}
LAYERS["cli"] = LAYERS["cli"] | WAYS_IN  # a command starts the web server, the clock, a worker
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


def area(name: str) -> str:
    """Return the first part below `digest`: "core" for digest.ground.tokens.links; "" for digest itself."""
    return name.split(".")[1] if "." in name else ""


def is_wiring(place: str) -> bool:
    """Whether it wires things: a single module at the top, such as `app`, or what makes it up."""
    single = (PACKAGE / f"{place}.py").is_file() and place not in GROUND | WAYS_IN
    return single or place == "wiring"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down(path):
    here = area(name_of(path))
    if is_wiring(here) or not here or here == "__main__":
        return
    ours = {area(name) for name in imported(path) if name.startswith("digest.")}
    ours.discard("__version__")
    if here in GROUND:
        assert ours <= GROUND
        return
    assert here in LAYERS, f"{here} is in no layer"
    wiring = {place for place in ours if is_wiring(place)}
    if here not in WAYS_IN:
        assert not wiring, f"{here} imports the wiring"
    assert ours - wiring <= LAYERS[here] | {here} | GROUND


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=name_of)
def test_core_reads_no_clock_environment_disk_network_database_or_chance(path):
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
    program = f"import sys, digest.workers.local; print([one for one in {needless} if one in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
