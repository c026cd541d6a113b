"""Take the pictures of the manual: python -m tests.email_checks.pictures [FOLDER]."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from digest.model import Layout
from tests.email_checks import mails

FOLDER = Path(__file__).parents[2] / "docs" / "images"
TODAY = datetime(2026, 11, 21, 6, tzinfo=UTC)
FULL = mails.digest_mail(at=TODAY)
# file: the mail, the scheme, the width in pixels
PICTURES = {
    "mail.png": (FULL, "light", 680),
    "mail-dark.png": (FULL, "dark", 680),
    "mail-phone.png": (FULL, "light", 390),
    "mail-compact.png": (mails.digest_mail(layout=Layout.COMPACT, at=TODAY), "light", 680),
    "mail-confirm.png": (mails.mail("confirm en"), "light", 680),
}
TALLEST = 1400


def take(browser: Browser, path: Path) -> None:
    """Take one picture of the upper part of a mail."""
    mail, scheme, width = PICTURES[path.name]
    page = browser.new_page(viewport={"width": width, "height": 480}, color_scheme=scheme)
    page.set_content(mail.part("html"))
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=path, full_page=True, clip=clip)
    page.close()


def main() -> None:
    """Take all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for file in PICTURES:
            take(browser, folder / file)
        browser.close()


if __name__ == "__main__":
    main()
