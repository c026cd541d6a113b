"""Two ways to use a page in a real browser: with a pointer, and with the keyboard alone."""

from collections.abc import Callable
from typing import Any

Page = Any
FOCUSED = """() => {
  const it = document.activeElement;
  const said = it.labels && it.labels.length ? it.labels[0].textContent : it.textContent;
  const rings = [it, it.closest('label')].filter(Boolean).map(each => getComputedStyle(each));
  return {
    tag: it.tagName, name: said.replace(/\\s+/g, ' ').trim(),
    seen: rings.some(ring => ring.outlineStyle === 'solid' && parseFloat(ring.outlineWidth) >= 2),
    inside: it.getBoundingClientRect().left >= 0,
  };
}"""
MOST_TABS = 250


class Pointer:
    """Clicks on what it sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name, exact=True).click()

    def check(self, label: str) -> None:
        """Tick a box."""
        self.page.get_by_label(label, exact=True).check()

    def fill(self, label: str, text: str) -> None:
        """Replace what a field holds."""
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, text: str) -> None:
        """Choose one of a list."""
        self.page.get_by_label(label, exact=True).select_option(label=text)

    def date(self, label: str, day: str) -> None:
        """Give a date (2026-12-24)."""
        self.page.get_by_label(label, exact=True).fill(day)


class Keyboard:
    """Has nothing but keys, and insists that it is always seen where it is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: str) -> None:
        """Press a button."""
        self._go_to("BUTTON", name)
        self._enter()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self._go_to("A", name)
        self._enter()

    def check(self, label: str) -> None:
        """Tick a box."""
        self._go_to("INPUT", label)
        self.page.keyboard.press("Space")

    def fill(self, label: str, text: str) -> None:
        """Replace what a field holds."""
        self._go_to(("INPUT", "TEXTAREA"), label)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str, text: str) -> None:
        """Choose one of a list, by typing what it says."""
        self._go_to("SELECT", label)
        self.page.keyboard.type(text)

    def date(self, label: str, day: str) -> None:
        """Give a date (2026-12-24), as an American types it."""
        self._go_to("INPUT", label)
        year, month, number = day.split("-")
        self.page.keyboard.type(f"{month}{number}{year}")

    def _enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _go_to(self, tags: str | tuple[str, ...], name: str) -> None:
        wanted = (tags,) if isinstance(tags, str) else tags
        passed = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(FOCUSED)
            if at["tag"] == "BODY":
                continue  # once round
            assert at["seen"], f"the focus on {at} cannot be seen"
            assert at["inside"], f"the focus is on {at}, outside the page"
            if at["tag"] in wanted and at["name"] == name:
                return
            passed.append(at["name"])
        raise AssertionError(f"no key leads to {name!r}; passed {passed}")


HANDS: dict[str, Callable[[Page], Pointer | Keyboard]] = {
    "pointer": Pointer,
    "keyboard": Keyboard,
}
