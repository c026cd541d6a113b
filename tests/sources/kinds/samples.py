"""Made-up answers in the shapes of the real services."""

import json
from datetime import date
from xml.sax.saxutils import escape

ABSTRACT = "We measure {} in nine kitchens and report every error with its cause."


def daily_paper(name="Kettle", number=1, votes=3, day="2026-11-20", **paper):
    """One record of Hugging Face's /api/daily_papers; `paper` overrides what is in its paper."""
    inner = {
        "id": f"2611.{number:05}",
        "authors": [{"_id": "65f0", "name": "A. Made-Up", "hidden": False}],
        "publishedAt": "2026-11-18T09:00:00.000Z",
        "submittedOnDailyAt": f"{day}T02:10:00.000Z",
        "submittedOnDailyBy": {"_id": "65f1", "user": "someone", "type": "user"},
        "title": name,
        "summary": ABSTRACT.format(name),
        "upvotes": votes,
        "discussionId": "65f2",
        "ai_keywords": ["kettles"],
    }
    return {
        "paper": {**inner, **paper},
        "publishedAt": "2026-11-18T09:00:00.000Z",
        "title": name,
        "summary": ABSTRACT.format(name),
        "thumbnail": "https://cdn.example.org/thumbnail.png",
        "numComments": 2,
        "submittedBy": {"name": "someone", "isPro": False},
        "isAuthorParticipating": False,
    }


def daily_papers(*records):
    return json.dumps(list(records)).encode()


def atom_entry(title="Kettle", number=1, extra=""):
    return f"""<entry>
    <id>http://arxiv.org/abs/2611.{number:05}v1</id>
    <updated>2026-11-18T18:00:00Z</updated>
    <published>2026-11-18T18:00:00Z</published>
    <title>{escape(title)}</title>
    <summary>  {escape(ABSTRACT.format(title))}
    It is 2 &lt; 3.
    </summary>
    <author><name>A. Made-Up</name></author>
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">9 pages</arxiv:comment>
    <link href="http://arxiv.org/abs/2611.{number:05}v1" rel="alternate" type="text/html"/>
    <link title="pdf" href="http://arxiv.org/pdf/2611.{number:05}v1" rel="related"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>{extra}
  </entry>"""


def atom(*entries, total=None):
    """An answer of arXiv's API."""
    count = len(entries) if total is None else total
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query%3Dcat%3Acs.CL" rel="self"/>
  <title type="html">ArXiv Query: search_query=cat:cs.CL</title>
  <id>http://arxiv.org/api/made-up</id>
  <updated>2026-11-20T00:00:00-05:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{count}\
</opensearch:totalResults>
  {"".join(entries)}
</feed>""".encode()


def rss_item(title="Kettle", number=1, kind="new"):
    return f"""<item>
      <title>{escape(title)}</title>
      <link>https://arxiv.org/abs/2611.{number:05}</link>
      <description>arXiv:2611.{number:05}v1 Announce Type: {kind}
Abstract: {escape(ABSTRACT.format(title))}</description>
      <guid isPermaLink="false">oai:arXiv.org:2611.{number:05}v1</guid>
      <category>cs.CL</category>
      <pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate>
      <arxiv:announce_type>{kind}</arxiv:announce_type>
      <dc:creator>A. Made-Up</dc:creator>
    </item>"""


def rss(*items, day="Fri, 20 Nov 2026 00:00:00 -0500"):
    """A feed of rss.arxiv.org."""
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">
  <channel>
    <title>cs.CL updates on arXiv.org</title>
    <link>http://rss.arxiv.org/rss/cs.CL</link>
    <lastBuildDate>{day}</lastBuildDate>
    <pubDate>{day}</pubDate>
    <skipDays><day>Sunday</day><day>Saturday</day></skipDays>
    {"".join(items)}
  </channel>
</rss>""".encode()


def blog(*posts: tuple[str, date]):
    """Somebody's feed; its texts are HTML."""
    items = "".join(
        f"<item><title>{escape(title)}</title>"
        f"<link>https://blog.example.org/{title.lower()}</link>"
        f"<pubDate>{day:%a, %d %b %Y} 09:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;{ABSTRACT.format(title)}&lt;/p&gt;&lt;script&gt;x()"
        "&lt;/script&gt;</description></item>"
        for title, day in posts
    )
    return f'<rss version="2.0"><channel><title>Blog</title>{items}</channel></rss>'.encode()
