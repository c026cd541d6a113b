"""Read the shipped message catalogues, and extract the messages to translate.

`python -m digest.ground.languages.catalogues` brings every catalogue up to date.
"""

import tomllib
from collections.abc import Iterator
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from digest.ground import shipped
from digest.ground.languages.language import ENGLISH, Language

_WIDTH = 100
_TEMPLATES = ("**.html", "**.txt", "**.css")
_OPTIONS = {"encoding": "utf-8", "trimmed": "true", "trim_blocks": "true", "silent": "false"}


def languages() -> dict[str, Language]:
    """Return every language by its tag: English, and one for each catalogue."""
    found = {ENGLISH.tag: ENGLISH}
    for path in sorted(shipped.locale_dir().glob("*.po")):
        compiled = BytesIO()
        write_mo(compiled, _catalogue(path))
        compiled.seek(0)
        found[path.stem] = Language(path.stem, GNUTranslations(compiled))
    return found


def extract() -> Catalog:
    """Return every message of code, templates and shipped topics, in a fixed order."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for place, line, message, comments in sorted(_messages(), key=lambda one: one[:2]):
        catalogue.add(message, locations=[(place, line)], auto_comments=comments)
    return catalogue


def update() -> None:
    """Update every catalogue: new messages are empty, unused ones are dropped."""
    template = extract()
    for path in sorted(shipped.locale_dir().glob("*.po")):
        catalogue = _catalogue(path)
        template.creation_date = catalogue.creation_date  # nothing changes but messages
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=_WIDTH, include_lineno=False, sort_by_file=True)


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def _messages() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str]]]:
    package = Path(__file__).parents[2]
    tags = ("Translators:",)
    for path in sorted(package.rglob("*.py")):
        if "_shipped" not in path.parts:
            found = extract_from_file("python", path, comment_tags=tags, strip_comment_tags=True)
            place = f"digest/{path.relative_to(package).as_posix()}"
            yield from ((place, line, text, list(said)) for line, text, said, _ in found)
    templates = extract_from_dir(
        shipped.templates_dir(),
        method_map=[(pattern, "jinja2") for pattern in _TEMPLATES],
        options_map=dict.fromkeys(_TEMPLATES, _OPTIONS),
    )
    for name, line, text, said, _ in templates:
        yield f"templates/{name}", line, text, list(said)
    for topic in tomllib.loads(shipped.catalogue_file().read_text("utf-8"))["topic"]:
        for text in (topic["group"], topic["name"], topic["description"]):
            yield "digest/catalogue/topics.toml", 0, text, []


if __name__ == "__main__":
    update()
