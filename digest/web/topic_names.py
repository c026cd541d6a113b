"""What topics are called in a language, by the version of the catalogue that is in force."""

from collections.abc import Callable, Iterator, Mapping

from digest.ground.languages.language import Language


class TopicNames(Mapping[str, str]):
    """Slug -> name, for templates, which are made once; the catalogue may change meanwhile."""

    def __init__(self, names: Callable[[], Mapping[str, str]], language: Language) -> None:
        self._names = names
        self._language = language

    def __getitem__(self, slug: str) -> str:
        return self._language.name_of(self._names()[slug])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())
