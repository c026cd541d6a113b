"""Read the file of live sources: TOML with a [[source]] for each (docs/use/sources.md)."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from digest.errors import InputError
from digest.sources.kinds import KINDS, Source
from digest.sources.kinds.source import Name

_HEAD = re.compile(r"^[^\S\n]*\[\[\s*source\s*\]\]", re.MULTILINE)


def parse_sources(text: str, kinds: Sequence[type[Source]] = KINDS) -> tuple[Source, ...]:
    """Return the sources in the order of the file; InputError names every mistake, one a line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise InputError(f"the file is not valid TOML: {exc}") from None
    records = table.pop("source", [])
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise InputError("write each source as [[source]], with two brackets")
    problems = [f"{key!r} is not known; write each source as [[source]]" for key in table]
    sources: dict[str, Source] = {}
    for place, record in zip(_places(text, len(records)), records, strict=True):
        try:
            source = _source(record, {kind.kind: kind for kind in kinds})
            if source.name in sources:
                raise InputError(f"another source has the name {source.name!r}")
            sources[source.name] = source
        except InputError as exc:
            problems += [f"{place}: {problem}" for problem in str(exc).splitlines()]
    if problems:
        raise InputError("\n".join(problems))
    return tuple(sources.values())


def _places(text: str, count: int) -> list[str]:
    """Say where each source stands: its line, or its number where the file is written otherwise."""
    lines = [text.count("\n", 0, head.end()) + 1 for head in _HEAD.finditer(text)]
    if len(lines) == count:
        return [f"line {line}" for line in lines]
    return [f"source {number}" for number in range(1, count + 1)]


class _Named(BaseModel):
    """What can be checked of a source of no kind."""

    name: Name


def _source(record: Mapping[str, Any], kinds: Mapping[str, type[Source]]) -> Source:
    """Return one source; InputError with every mistake in it, one a line."""
    settings = dict(record)
    word = settings.pop("kind", None)
    kind = kinds.get(word) if isinstance(word, str) else None
    problems = []
    try:
        if kind is not None:
            return kind.model_validate(settings)
        _Named.model_validate(settings)
    except ValidationError as exc:
        problems = [_in_words(error, kind) for error in exc.errors()]
    if kind is None:
        problems.append(f"kind must be one of {', '.join(kinds)}")
    raise InputError("\n".join(problems))


def _in_words(error: ErrorDetails, kind: type[Source] | None) -> str:
    setting = "".join(map(str, error["loc"]))
    match error["type"]:
        case "value_error":
            return f"{setting} {error['ctx']['error']}".strip()
        case "missing":
            return f"{setting} is missing"
        case "string_type":
            return f"{setting} must be a text"
        case "extra_forbidden" if kind is not None:
            return f"{setting!r} is not a setting of the kind {kind.kind}"
        case _:
            return f"{setting}: {error['msg']}"
