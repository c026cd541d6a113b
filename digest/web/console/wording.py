"""How the console says moments and numbers: in the service's zone, short, in English."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """Say a moment to the minute; "" for none."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def day(on: date) -> str:
    """Say a date with its weekday, such as "Mon 30 Nov 2026"."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def number(value: float) -> str:
    """Say a number with its thousands apart."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def span(duration: timedelta | float | None) -> str:
    """Say how long, roughly: "40 s", "12 min", "3.5 h", "4 days"; "" for nothing known."""
    if duration is None:
        return ""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            worth = seconds / size
            return f"{worth:.0f} {unit}" if worth >= 10 or unit == "min" else f"{worth:.1f} {unit}"
    return f"{seconds:.0f} s"


def coded(text: str) -> Markup:
    """Show what stands between backticks as code; a backtick without another one stays."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    shown = (
        Markup("<code>{}</code>").format(each) if place % 2 else escape(each)
        for place, each in enumerate(parts)
    )
    return Markup("").join(shown)


def masked(address: str) -> str:
    """Hide most of an address: "a…@example.org"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
