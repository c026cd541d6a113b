"""The look of all mails: colours for light and dark, a logo, a line for the footer.

`theme_file` reads the operator's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme.

    ground: around the column of text. sheet: behind the text. panel: behind the list at the top.
    ink: text. muted: text that matters less. accent: links. warm: reasons. line: rules.
    """

    ground: str
    sheet: str
    panel: str
    ink: str
    muted: str
    accent: str
    warm: str
    line: str


LIGHT = Palette(
    ground="#f1efe9",
    sheet="#fffefb",
    panel="#f6f4ee",
    ink="#22262a",
    muted="#5a5f64",
    accent="#1c4f82",
    warm="#8a3f12",
    line="#e2ded3",
)
DARK = Palette(
    ground="#121417",
    sheet="#1b1e22",
    panel="#24282d",
    ink="#e7e4dd",
    muted="#aeb2b6",
    accent="#9cc5f3",
    warm="#f0b48a",
    line="#363b41",
)
_READ = (  # what is read, and on what
    *(("ink", "ground"), ("ink", "sheet"), ("ink", "panel")),
    *(("muted", "ground"), ("muted", "sheet"), ("muted", "panel")),
    *(("accent", "ground"), ("accent", "sheet"), ("accent", "panel"), ("warm", "sheet")),
    ("sheet", "accent"),  # a button's words
)


@dataclass(frozen=True, slots=True)
class Theme:
    """The look. logo: an https address, or empty; its alternative text is the service's name.

    logo_width, logo_height: in pixels. With an unknown height, 0, the text moves when it loads.
    """

    light: Palette = LIGHT
    dark: Palette = DARK
    logo: str = ""
    logo_alt: str = ""
    logo_width: int = 160
    logo_height: int = 0
    footer: str = ""


SHIPPED = Theme()


def low_contrasts(palette: Palette) -> Iterator[tuple[str, str, float]]:
    """Yield each pair that is hard to read: the text, what is behind it, their contrast."""
    for above, below in _READ:
        found = contrast(getattr(palette, above), getattr(palette, below))
        if found < LEAST_CONTRAST:
            yield above, below, found


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
