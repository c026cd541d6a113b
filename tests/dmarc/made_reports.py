"""Made-up aggregate reports, and mails that bring them."""

import gzip
import io
import zipfile
from email.message import EmailMessage

BEGIN = "1794960000"  # 2026-11-18, midnight in UTC


def make_record(source="192.0.2.1", count=10, *, dkim="pass", spf="fail", disposition="none"):
    return f"""<record><row><source_ip>{source}</source_ip><count>{count}</count>
    <policy_evaluated><disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>
    </policy_evaluated></row><identifiers><header_from>example.org</header_from></identifiers>
    <auth_results><dkim><domain>example.org</domain><result>pass</result></dkim></auth_results>
    </record>"""


def make_report(
    records=None,
    *,
    form="",
    organisation="google.com",
    report_id="r1",
    domain="example.org",
    begin=BEGIN,
) -> bytes:
    body = "".join(records if records is not None else [make_record()])
    return f"""<feedback {form}><version>1.0</version>
    <report_metadata><org_name>{organisation}</org_name><email>x@example.net</email>
    <report_id>{report_id}</report_id>
    <date_range><begin>{begin}</begin><end>1795046399</end></date_range></report_metadata>
    <policy_published><domain>{domain}</domain><p>none</p></policy_published>
    {body}</feedback>""".encode()


def zipped(*files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"google.com!example.org!1!2!{number}.xml", content)
    return target.getvalue()


def mailed(content: bytes, kind: str = "application/gzip") -> bytes:
    mail = EmailMessage()
    mail["From"] = "noreply-dmarc-support@google.com"
    mail["To"] = "dmarc@example.org"
    mail["Subject"] = "Report domain: example.org Submitter: google.com Report-ID: r1"
    mail.set_content("This is a report.")
    main, _, sub = kind.partition("/")
    name = "google.com!example.org!1795132800!1795219199.xml.gz"
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def packed(xml: bytes) -> dict[str, bytes]:
    """Return the ways in which a report comes."""
    return {
        "gzip": mailed(gzip.compress(xml)),
        "zip": mailed(zipped(xml), "application/zip"),
        "xml": mailed(xml, "text/xml"),
        "mislabelled": mailed(gzip.compress(xml), "application/octet-stream"),
        "a file": xml,
        "a packed file": gzip.compress(xml),
    }
