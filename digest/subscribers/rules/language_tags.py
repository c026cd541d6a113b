"""The kind of preference that is a language."""

from dataclasses import dataclass

from digest.subscribers.rules.choice_kinds import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTag(Named):
    """One of the languages that the service writes, by its BCP 47 tag.

    A tag with a region, such as en-CA or en_GB, stands for the language alone where the service
    does not tell the regions apart (lookup of RFC 4647, section 3.4).
    """

    def spellings(self, word: str) -> tuple[str, ...]:
        """Return the tag, and the tag without its last parts, one by one."""
        parts = word.replace("_", "-").lower().split("-", 8)
        return (word, *("-".join(parts[:count]) for count in range(len(parts), 0, -1)))
