"""Read a theme file, and report all its mistakes at once.

It is a TOML file with the tables [light] and [dark] (colours as `#rrggbb`), and `logo`, `logo_alt`,
`logo_width`, `logo_height` and `footer` before them. Whatever it leaves out is the shipped look.
"""

import tomllib
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from digest.errors import InputError
from digest.render.theme import DARK, LEAST_CONTRAST, LIGHT, Palette, Theme, low_contrasts

_LARGEST_LOGO = 576  # pixels: the width of the text


def _explain(text: str) -> WrapValidator:
    """Say `text` whatever is wrong with a value."""

    def check(value: Any, validate: Any) -> Any:
        try:
            return validate(value)
        except ValidationError:
            raise PydanticCustomError("theme", text) from None

    return WrapValidator(check)


def _fill_in(shipped: Palette, given: Any) -> Any:
    if not isinstance(given, dict):
        raise PydanticCustomError("theme", "must be a table of colours")
    return {**asdict(shipped), **given}


def _refuse_low_contrast(colours: "_Colours") -> Palette:
    palette = Palette(**dict(colours))
    told = [
        f"the contrast of {above} on {below} is {found:.1f} : 1, below {LEAST_CONTRAST} : 1"
        for above, below, found in low_contrasts(palette)
    ]
    if told:
        raise PydanticCustomError("theme", "{told}", {"told": "\n".join(told)})
    return palette


_Colour = Annotated[
    str, Field(pattern="^#[0-9a-fA-F]{6}$"), _explain("must be a colour such as #1c4f82")
]
_Line = Annotated[
    str,
    Field(max_length=500, pattern=r"^[^\p{C}\p{Zl}\p{Zp}]*$"),
    _explain("must be a text on one line, at most 500 characters"),
]
_Address = Annotated[
    str,
    Field(max_length=500, pattern="^(https://[!#-;=?-~]+)?$"),
    _explain("must be an https address"),
]
_Pixels = Annotated[
    int, Field(ge=16, le=_LARGEST_LOGO), _explain(f"must be from 16 to {_LARGEST_LOGO} pixels")
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Colours(_Strict):
    ground: _Colour
    sheet: _Colour
    panel: _Colour
    ink: _Colour
    muted: _Colour
    accent: _Colour
    warm: _Colour
    line: _Colour


class _ThemeFile(_Strict):
    light: Annotated[
        _Colours, BeforeValidator(partial(_fill_in, LIGHT)), AfterValidator(_refuse_low_contrast)
    ] = Field({}, validate_default=True)
    dark: Annotated[
        _Colours, BeforeValidator(partial(_fill_in, DARK)), AfterValidator(_refuse_low_contrast)
    ] = Field({}, validate_default=True)
    logo: _Address = ""
    logo_alt: _Line = ""
    logo_width: _Pixels = 160
    logo_height: _Pixels = 0
    footer: _Line = ""


def parse_theme(data: bytes) -> Theme:
    """Read a theme; InputError names every mistake with its field, low contrast included."""
    try:
        file = _ThemeFile.model_validate(tomllib.loads(data.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InputError(str(exc)) from None
    except ValidationError as exc:
        raise InputError("\n".join(sorted(_mistakes(exc)))) from None
    return Theme(**dict(file))


def _mistakes(error: ValidationError) -> list[str]:
    """Return one line for each mistake: the field, and what is wrong with it."""
    told = []
    for each in error.errors():
        message = "is not known" if each["type"] == "extra_forbidden" else each["msg"]
        told += [f"{'.'.join(map(str, each['loc']))}: {line}" for line in message.split("\n")]
    return told
