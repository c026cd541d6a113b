"""What a reader agrees to; each confirmation is recorded with the version that was shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consent:
    """A wording with its version. `{name}` in it is the name of the service."""

    version: str
    wording: str

    def text(self, name: str) -> str:
        """Return the wording as it is shown."""
        return self.wording.replace("{name}", name)


# A new wording gets a new version, and the old one stays readable in the history of this file.
CONSENT = Consent(
    "2026-11",
    "I want to get {name} by email. I can change or end this at any time with the links in each "
    "mail. My address is used for nothing else and given to nobody.",
)
