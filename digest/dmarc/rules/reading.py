"""Read the XML of an aggregate report: RFC 9990, RFC 7489 (appendix C) and the drafts before.

They differ in namespaces and in what may be left out, so elements count by their local names. The
XML comes from strangers: no entities, no DTD, no network, no deep trees. A bad record costs itself.
"""

from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address

from lxml import etree

from digest.dmarc.rules.report import Count, Report
from digest.errors import InputError
from digest.ground.text.plain_text import clean

MOST_COUNTS = 1_000  # of one report that are kept apart
LARGEST_COUNT = 10**12
_LONGEST_NAME = 255
_DISPOSITIONS = ("none", "pass", "quarantine", "reject")
_FIRST_YEAR = 2012  # that of DMARC's first draft


def read_report(xml: bytes) -> Report:
    """Read a report; InputError when it is none."""
    root = _parse(xml)
    if _name(root) != "feedback":
        raise InputError("The XML is no DMARC report: it does not begin with <feedback>.")
    about, policy = _child(root, "report_metadata"), _child(root, "policy_published")
    organisation, report_id = _text(about, "org_name"), _text(about, "report_id")
    domain = _text(policy, "domain").lower().rstrip(".")
    if not (organisation and report_id and domain):
        raise InputError("The report lacks org_name, report_id or the domain.")
    begin = _moment(_text(_child(about, "date_range"), "begin"))
    found, unreadable = _counts(root)
    return Report(organisation, report_id, domain, begin.date(), found, unreadable)


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise InputError(f"The report is not XML: {clean(str(exc))[:200]}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError("The report declares a document type, which none needs.")
    return root


def _counts(root: etree._Element) -> tuple[list[Count], int]:
    """Sum what fared alike; return the largest counts, with the rest of them as one each."""
    sums: Counter[tuple[str, str, bool, bool]] = Counter()
    unreadable = 0
    for record in root.iterchildren(etree.Element):
        if _name(record) != "record":
            continue
        try:
            source, disposition, dkim, spf, mails = _read_record(record)
        except InputError:
            unreadable += 1
            continue
        sums[source, disposition, dkim, spf] += mails
    kept = sums.most_common(MOST_COUNTS)
    rest: Counter[tuple[str, bool, bool]] = Counter()
    for (_, disposition, dkim, spf), mails in sums.most_common()[MOST_COUNTS:]:
        rest[disposition, dkim, spf] += mails
    counts = [Count(*key, _bounded(mails)) for key, mails in kept]
    counts += [Count("", *key, _bounded(mails)) for key, mails in rest.items()]
    return counts, unreadable


def _read_record(record: etree._Element) -> Count:
    """Read one record; InputError when it has no usable address or number."""
    row = _child(record, "row")
    evaluated = _child(row, "policy_evaluated")
    number = _text(row, "count")
    try:
        source = ip_address(_text(row, "source_ip"))
    except ValueError:
        raise InputError("a record has no address") from None
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        raise InputError("a record has no count")
    disposition = _text(evaluated, "disposition").lower()
    return Count(
        source=str(source).partition("%")[0],
        disposition=disposition if disposition in _DISPOSITIONS else "none",
        dkim=_text(evaluated, "dkim").lower() == "pass",
        spf=_text(evaluated, "spf").lower() == "pass",
        mails=int(number),
    )


def _moment(seconds: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(int(seconds[:12]), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError("The report does not say when it begins.") from None
    if moment.year < _FIRST_YEAR:
        raise InputError("The report is older than DMARC.")
    return moment


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is None:
        return None
    children = element.iterchildren(etree.Element)
    return next((each for each in children if _name(each) == name), None)


def _text(element: etree._Element | None, name: str) -> str:
    found = _child(element, name)
    return clean(found.text or "")[:_LONGEST_NAME] if found is not None else ""


def _bounded(mails: int) -> int:
    return min(mails, LARGEST_COUNT)
