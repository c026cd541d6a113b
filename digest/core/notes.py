"""The one-line mail of an empty day, for readers who want to be told: that there is nothing, why.

It is a mail of the subscription like any other: same headers, same way out of it.
"""

from collections.abc import Mapping, Sequence

from digest.core import headers, wording
from digest.core.dkim import DkimKey, Sealer
from digest.core.links import LinkSigner, Purpose
from digest.core.mime import Stationery
from digest.core.plain_text import clean
from digest.core.press import Draft
from digest.core.quoted_printable import encode
from digest.core.return_paths import ReturnPaths
from digest.core.specimen import Templates, inline
from digest.errors import ComposeError
from digest.model import Edition, Letterhead, Message, Reader

NOTHING_FOR_READER = "nothing new for this reader"
_SENTENCES = {
    "no dump": "No list of papers came today.",
    "nothing new": "Today's list has no paper that was not in an earlier one.",
    "source stale": "No list of papers has come for some days.",
    NOTHING_FOR_READER: "Nothing that is listed now is new to you.",
}


class Notes:
    """Composes the notes of one edition. templates: "note/body.html" and the like -> source.

    A `reason` is a value of model.Empty, or NOTHING_FOR_READER.
    """

    def __init__(
        self,
        edition: Edition,
        letterhead: Letterhead,
        signer: LinkSigner,
        templates: Mapping[str, str],
        return_paths: ReturnPaths | None = None,
        dkim_keys: Sequence[DkimKey] = (),
    ) -> None:
        self._edition = edition
        self._letterhead = letterhead
        self._signer = signer
        self._templates = Templates(templates, "note")
        self._return_paths = return_paths
        self._stationery = paper = Stationery(edition, letterhead)
        self._sealer = (
            Sealer(dkim_keys, edition.sends_at, paper.constant, paper.varying)
            if dkim_keys
            else None
        )

    def message(self, reader: Reader, reason: str) -> Message:
        """Compose the note of one reader; the same arguments give the same bytes.

        Raises ComposeError, which names the reader by id.
        """
        return self.draft(reader, reason).finish()

    def draft(self, reader: Reader, reason: str) -> Draft:
        """Do all of `message` but the signatures."""
        sender = self._letterhead.bounce_address
        if self._return_paths is not None:
            sender = self._return_paths.address(reader.subscriber_id, self._edition.date)
        try:
            sheet = self._stationery.assemble(
                reader,
                subject_field=headers.field("Subject", headers.text(self.subject(reader, reason))),
                unsubscribe=self._signer.token(Purpose.UNSUBSCRIBE, reader.subscriber_id),
                text=[encode(self.text(reader, reason))],
                html=[encode(self.html(reader, reason))],
            )
            recipient = headers.addr_spec(reader.address)
        except ComposeError as exc:
            raise ComposeError(f"Reader {reader.subscriber_id}: {exc}") from None
        return Draft(reader.subscriber_id, sender, recipient, sheet, self._sealer)

    def subject(self, reader: Reader, reason: str) -> str:
        """Return the subject line."""
        return clean(self._templates.render("subject.txt", self._variables(reader, reason)))

    def text(self, reader: Reader, reason: str) -> str:
        """Return the text part."""
        return self._templates.render("body.txt", self._variables(reader, reason))

    def html(self, reader: Reader, reason: str) -> str:
        """Return the HTML part."""
        page = self._templates.render("body.html", self._variables(reader, reason))
        return inline(page, "note/body.html")

    def _variables(self, reader: Reader, reason: str) -> dict[str, object]:
        base, token = self._letterhead.base_url, self._signer.token
        return {
            "name": clean(self._letterhead.name),
            "date": wording.long_date(self._edition.date),
            "sentence": _SENTENCES[reason],
            "address": wording.shown_address(reader.address),
            "preferences": f"{base}/p/{token(Purpose.PREFERENCES, reader.subscriber_id)}",
            "unsubscribe": f"{base}/u/{token(Purpose.UNSUBSCRIBE, reader.subscriber_id)}",
            "postal_address": clean(self._letterhead.postal_address),
        }
