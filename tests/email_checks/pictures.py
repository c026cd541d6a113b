"""Take the pictures of the manual: python -m tests.email_checks.pictures [FOLDER]."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from digest.model import Layout
from tests.email_checks import mails

FOLDER = Path(__file__).parents[2] / "docs" / "images"
TODAY = datetime(2026, 11, 21, 6, tzinfo=UTC)
TALLEST = 1400


def demo_mail(folder: Path) -> str:
    """Run the demo; return the HTML of the first mail that it sends."""
    command = [sys.executable, "-m", "digest", "demo", "--no-stay", "--dir", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    mail = message_from_bytes(min(folder.glob("mail/*.eml")).read_bytes(), policy=policy.default)
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def pictures(full: str) -> dict[str, tuple[str, str, int]]:
    """Return, by file, the HTML of the mail, the scheme, and the width in pixels."""
    compact = mails.digest_mail(layout=Layout.COMPACT, at=TODAY)
    return {
        "mail.png": (full, "light", 680),
        "mail-dark.png": (full, "dark", 680),
        "mail-phone.png": (full, "light", 390),
        "mail-compact.png": (compact.part("html"), "light", 680),
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
        full = demo_mail(Path(scratch) / "demo")
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for file, wanted in pictures(full).items():
            take(browser, folder / file, *wanted)
        browser.close()


if __name__ == "__main__":
    main()
