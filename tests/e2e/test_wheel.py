"""The wheel alone, outside the checkout, has all that it needs."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, and the libraries of ours to lean on; its `digest`."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    bin_folder = folder / "env" / "bin"
    paths = {"base": str(folder / "env"), "platbase": str(folder / "env")}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # A plain path: editable installs among the libraries, ours for one, are not followed.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = ["pip", "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run([str(bin_folder / "python"), "-m", *install], check=True)
    return bin_folder / "digest"


def run(digest: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    clean.pop("PYTHONPATH", None)
    return subprocess.run(
        [str(digest), *arguments], cwd=cwd, env=clean, capture_output=True, text=True, timeout=120
    )


@pytest.mark.slow
@pytest.mark.e2e
def test_the_wheel_holds_one_package_and_nothing_beside_it(installed: Path):
    (wheel,) = installed.parents[2].glob("*.whl")
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"digest"}


@pytest.mark.slow
@pytest.mark.e2e
def test_the_installed_wheel_runs_the_demo(installed: Path, tmp_path: Path):
    done = run(installed, "demo", "--no-stay", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 sent" in done.stdout
    assert "You follow" in done.stdout
    assert "Sending it once more sends nothing" in done.stdout
    mails = sorted((tmp_path / "demo" / "mail").glob("*.eml"))
    assert len(mails) == 5
    assert all(
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in m.read_bytes() for m in mails
    )


@pytest.mark.slow
@pytest.mark.e2e
def test_the_demo_starts_afresh_every_time(installed: Path, tmp_path: Path):
    for _ in range(2):
        done = run(installed, "demo", "--no-stay", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "demo" / "mail").glob("*.eml"))) == 5
