"""Decide what DMARC reports and Gmail's verdicts the operator should know of, in which words."""

from collections.abc import Sequence

from digest.dmarc.rules.shares import ALIGNED_WISHED, Shares
from digest.operations.rules.alerts import Alert
from digest.postmaster.rules.compliance import KeptVerdict, State

HOW_TO_ALIGN = (
    "Compare the addresses with those of your relay (`digest dmarc show`). If they are yours, "
    "check SPF and DKIM with `digest doctor`; if not, somebody else mails in your name."
)
_REMEDIES = {
    "HONOR_UNSUBSCRIBE": "Look whether readers who left still get mail: `digest status`, the task "
    "that takes returned mail, and any other sender that uses this domain.",
    "ONE_CLICK_UNSUBSCRIBE": "Look whether a relay strips List-Unsubscribe or its signature: "
    "`digest test-mail` to an account at Gmail; no other sender may use this domain.",
    "USER_REPORTED_SPAM_RATE": "See who agreed to the digest and how: lists that were imported "
    "complain most.",
}
_WORDS = {
    "HONOR_UNSUBSCRIBE": "that we honour unsubscribing",
    "ONE_CLICK_UNSUBSCRIBE": "that one click unsubscribes",
    "USER_REPORTED_SPAM_RATE": "that few readers call our mail spam",
}


def dmarc_alert(week: Shares) -> Alert | None:
    """Say that too much mail in our name is not aligned. week: the last 7 days."""
    if not week.is_low:
        return None
    return Alert(
        "dmarc",
        f"Only {week.percent:.1f} % of the mail in our name passes DMARC",
        f"{describe(week)} At least {ALIGNED_WISHED:g} % should.",
        HOW_TO_ALIGN,
    )


def describe(found: Shares) -> str:
    """Say in a sentence or two how the mail of some days fared."""
    said = (
        f"In {found.days} days receivers reported {found.mails:,} mails, of which "
        f"{found.aligned:,} passed DMARC."
    )
    if not found.unknown:
        return said
    named = ", ".join(f"{one.address} ({one.mails:,})" for one in found.unknown)
    return f"{said} Nothing passed of these addresses: {named}."


def postmaster_alerts(found: Sequence[KeptVerdict]) -> list[Alert]:
    """Say which of Gmail's requirements are not met."""
    return [
        Alert(
            f"postmaster {one.requirement.lower()}",
            f"Gmail does not find {wording(one.requirement)}",
            f"Postmaster Tools of {one.domain} say so since {one.since:%Y-%m-%d %H:%M} UTC"
            f"{f' ({one.reason})' if one.reason else ''}.",
            _REMEDIES.get(one.requirement, "Check SPF, DKIM and DMARC with `digest doctor`.")
            + " Gmail's verdict follows some days later.",
        )
        for one in found
        if one.state is State.NEEDS_WORK
    ]


def wording(requirement: str) -> str:
    """Return a requirement in words that follow "find"."""
    return _WORDS.get(requirement, f"its requirement {requirement} met")
