"""The look of all mails: colours for light and dark, a logo, a line for the footer.

A theme is a TOML file with the tables [light] and [dark] (colours as `#rrggbb`), and `logo`,
`logo_alt`, `logo_width`, `logo_height` and `footer` before them. Whatever it leaves out is the
shipped look.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from digest.errors import InputError

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LOGO = re.compile(r"https://[!#-;=?-~]+")
_TEXTS = ("logo", "logo_alt", "footer")
_WIDEST_LOGO = 576  # pixels: what the sheet has room for
_TALLEST_LOGO = 576


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme.

    ground: around the sheet. sheet: under the text. panel: under the list at the top. ink: text.
    muted: what matters less. accent: links. warm: reasons. line: rules between papers.
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

    logo_width, logo_height: in pixels; height 0 is not known, and the mail moves as the logo comes.
    """

    light: Palette = LIGHT
    dark: Palette = DARK
    logo: str = ""
    logo_alt: str = ""
    logo_width: int = 160
    logo_height: int = 0
    footer: str = ""


SHIPPED = Theme()


def parse_theme(data: bytes) -> Theme:
    """Read a theme; InputError names every mistake, a contrast that is too low included."""
    try:
        table = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InputError(str(exc)) from None
    problems = [f"{name}: is not known" for name in table.keys() - {f.name for f in fields(Theme)}]
    light = _palette(table, "light", LIGHT, problems)
    dark = _palette(table, "dark", DARK, problems)
    texts = {name: _text(table, name, problems) for name in _TEXTS}
    if texts["logo"] and not _LOGO.fullmatch(texts["logo"]):
        problems.append("logo: must be an https address")
    width = _pixels(table, "logo_width", 160, _WIDEST_LOGO, problems)
    height = _pixels(table, "logo_height", 0, _TALLEST_LOGO, problems)
    if not problems:
        problems += [*_unreadable("light", light), *_unreadable("dark", dark)]
    if problems:
        raise InputError("\n".join(sorted(problems)))
    return Theme(light, dark, logo_width=width, logo_height=height, **texts)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _palette(table: dict[str, Any], name: str, default: Palette, problems: list[str]) -> Palette:
    given = table.get(name, {})
    if not isinstance(given, dict):
        problems.append(f"{name}: must be a table of colours")
        return default
    colours = {one.name: getattr(default, one.name) for one in fields(Palette)}
    for key, value in given.items():
        if key not in colours:
            problems.append(f"{name}.{key}: is not known; there are {', '.join(colours)}")
        elif not (isinstance(value, str) and _COLOUR.fullmatch(value)):
            problems.append(f"{name}.{key}: must be a colour such as #1c4f82")
        else:
            colours[key] = value
    return Palette(**colours)


def _text(table: dict[str, Any], name: str, problems: list[str]) -> str:
    value = table.get(name, "")
    if not (isinstance(value, str) and len(value) <= 500 and (not value or value.isprintable())):
        problems.append(f"{name}: must be a text on one line, at most 500 characters")
        return ""
    return value


def _pixels(table: dict[str, Any], name: str, default: int, most: int, problems: list[str]) -> int:
    value = table.get(name)
    if isinstance(value, int) and 16 <= value <= most:
        return value
    if value is not None:
        problems.append(f"{name}: must be from 16 to {most} pixels")
    return default


def _unreadable(name: str, palette: Palette) -> Iterator[str]:
    for above, below in _READ:
        found = contrast(getattr(palette, above), getattr(palette, below))
        if found < LEAST_CONTRAST:
            least = f"{found:.1f} : 1, and {LEAST_CONTRAST} : 1 is the least"
            yield f"{name}: the contrast of {above} on {below} is {least}"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
