"""Take the pictures of the manual: python -m tests.email_checks.pictures [FOLDER]."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from tests.email_checks import mails

FOLDER = Path(__file__).parents[2] / "docs" / "images"
TALLEST = 1400


def demo_mails(folder: Path) -> dict[str, str]:
    """Run the demo; return the HTML of the mails that it sends, by the reader's address."""
    command = [sys.executable, "-m", "digest", "demo", "--no-stay", "--dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for path in folder.glob("mail/*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        part = mail.get_body(("html",))
        assert part is not None
        found[path.stem.partition("-")[2]] = str(part.get_content())
    return found


def pictures(demo: Mapping[str, str]) -> dict[str, tuple[str, str, int]]:
    """Return, by file, the HTML of the mail, the scheme, and the width in pixels."""
    standard = demo["ada@example.org"]
    return {
        "mail.png": (standard, "light", 680),
        "mail-dark.png": (standard, "dark", 680),
        "mail-phone.png": (standard, "light", 390),
        "mail-compact.png": (demo["dana@example.org"], "light", 680),
        "mail-confirm.png": (mails.mail("confirm en").part("html"), "light", 680),
    }


def take(browser: Browser, path: Path, html: str, scheme: str, width: int) -> None:
    """Take one picture of the upper part of a mail."""
    page = browser.new_page(viewport={"width": width, "height": 480}, color_scheme=scheme)
    page.set_content(html)
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=path, full_page=True, clip=clip)
    page.close()


def main() -> None:
    """Take all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with TemporaryDirectory() as scratch:
        demo = demo_mails(Path(scratch) / "demo")
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for file, wanted in pictures(demo).items():
            take(browser, folder / file, *wanted)
        browser.close()


if __name__ == "__main__":
    main()
