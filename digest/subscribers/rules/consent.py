"""What a reader agrees to; each confirmation is recorded with the version that was shown."""

from dataclasses import dataclass

from digest.ground.languages.language import ENGLISH, N_, Language


@dataclass(frozen=True, slots=True)
class Consent:
    """A wording with its version. `%(name)s` in it is the name of the service."""

    version: str
    wording: str

    def text(self, name: str, language: Language = ENGLISH) -> str:
        """Return the wording as it is shown."""
        return language.gettext(self.wording, name=name)

    def version_in(self, language: Language) -> str:
        """Return the version as it is recorded: another language is another wording."""
        return self.version if language == ENGLISH else f"{self.version}-{language.tag}"


# A new wording gets a new version, and the old one stays readable in the history of this file.
CONSENT = Consent(
    "2026-11",
    N_(
        "I want to get %(name)s by email. I can change or end this at any time with the links in "
        "each mail. My address is used for nothing else and given to nobody."
    ),
)
