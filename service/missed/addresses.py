"""Addresses of articles, read from what people have: a list, a table, a mail, a page, a list of searches or a feed. Pure.

Of a mail or a page, links of its frame are left out: to unsubscribe, to share, to a home page, in a footer.
"""

from __future__ import annotations

import csv
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import lxml.etree
import lxml.html

from crawler.errors import CrawlerError
from crawler.sources.documents import parse_feed
from crawler.sources.opml import parse_opml
from crawler.text.charset import decode
from crawler.text.mail_frame import FRAME_WORDS, may_be_article
from crawler.unwrapping import unwrapped
from crawler.urls import canonical_url

MOST_ADDRESSES = 1_000
"""Traced at a time."""
LARGEST = 10_000_000
"""Bytes of a file."""

_URL = re.compile(
    r"https?://[^\s<>\"'`{}|\\^\u201c\u201d\u00ab\u00bb"
    r"\u3001\u3002\u300c\u300d\u3010\u3011\uff01\uff08\uff09\uff0c\uff1b]+",
    re.IGNORECASE,
)
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S+", re.IGNORECASE)
_END = ".,;:!?*_…،؛。"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTED = re.compile(r"=3D|=\r?\n|(?:=[0-9A-F]{2}){2}")
_HEADERS = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n")
_SEARCH = re.compile(
    r"https?://(?:(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}/alerts/feeds/\w|news\.google\.com/rss/search"
    r"|(?:www\.)?bing\.com/news/search\?.*format=rss)",
    re.IGNORECASE,
)
"""Feeds of searches: their entries are meant, and not they."""
_FOOTERS = ("footer", "unsubscribe", "preferences")


@dataclass(frozen=True, slots=True)
class GivenAddresses:
    """The addresses of a text or file, each once, in their order; of a list of searches, the feeds in which they stand."""

    addresses: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    left_out: int = 0
    """More than can be traced at a time."""


def gather_addresses(addresses: Iterable[str], bodies: Iterable[bytes] = ()) -> GivenAddresses:
    """Return addresses that were given one by one, in any writing, with those that texts or files hold.

    The address of a search's feed (Google Alerts, a news search) stands for what it has.
    """
    kept: dict[str, None] = {}
    feeds: dict[str, None] = {}
    left_out = 0
    for address in filter(None, map(str.strip, addresses)):
        (feeds if _SEARCH.match(address) else kept).setdefault(address)
    for body in bodies:
        read = read_addresses(body)
        kept |= dict.fromkeys(read.addresses)
        feeds |= dict.fromkeys(read.feeds)
        left_out += read.left_out
    listed = tuple(kept)
    left_out += max(0, len(listed) - MOST_ADDRESSES)
    return GivenAddresses(listed[:MOST_ADDRESSES], tuple(feeds), left_out)


def read_addresses(body: bytes) -> GivenAddresses:
    """Return the addresses of articles that a text, CSV, mail (EML), page, OPML or feed holds."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<opml" in start:
        try:
            return GivenAddresses(feeds=tuple(feed for one in parse_opml(body).outlets for feed in one.feeds))
        except CrawlerError:
            return _listed(_in_text(decode(body)))
    if re.match(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|rdf:rdf|urlset)", start, re.DOTALL):
        try:
            return read_feed(body, url="https://localhost/feed", content_type=None)
        except CrawlerError:
            return _listed(_in_text(decode(body)))
    if _HEADERS.match(body):
        return _listed(_in_mail(body))
    return read_text(decode(body))


def read_text(text: str) -> GivenAddresses:
    """Return the addresses in a text that was pasted: lines, a table, or a mail's text, HTML or source."""
    encoded = text.encode(errors="replace")
    if _HEADERS.match(encoded):
        return _listed(_in_mail(encoded))
    if len(_QUOTED.findall(text)) >= 2:
        text = quopri.decodestring(encoded).decode(errors="replace")
    if re.search(r"<(?:a|html|body|table|td)\b", text, re.IGNORECASE):
        return _listed(_in_html(text))
    return _listed(_in_table(text) or _in_text(text))


def read_feed(body: bytes, *, url: str, content_type: str | None) -> GivenAddresses:
    """Return what the entries of a feed lead to. Raise `FeedError`."""
    return _listed(
        entry.url for entry in parse_feed(body, url=url, content_type=content_type).entries if entry.url
    )


def _listed(found: Iterable[str]) -> GivenAddresses:
    kept: dict[str, str] = {}
    for address in found:
        url = unwrapped(address)
        try:
            key = canonical_url(url)
        except ValueError:
            continue
        kept.setdefault(key, url)
    addresses = tuple(kept.values())
    return GivenAddresses(addresses[:MOST_ADDRESSES], left_out=max(0, len(addresses) - MOST_ADDRESSES))


def _in_mail(body: bytes) -> Iterator[str]:
    """Yield the links of a mail: of its HTML, or else its text."""
    message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(body)
    for kind, read in (("html", _in_html), ("plain", _in_text)):
        found = [link for part in _parts(message, kind) for link in read(part)]
        if found:
            yield from found
            return


def _parts(message: EmailMessage, kind: str) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and not part.is_attachment():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield decode(payload, content_type=str(part.get("content-type", "")))


def _in_html(text: str) -> Iterator[str]:
    try:
        root = lxml.html.document_fromstring(text)
    except (lxml.etree.ParserError, ValueError):
        return
    for element in root.iter("a"):
        link = str(element.get("href") or "").strip()
        said = " ".join(element.text_content().split())
        image = " ".join(str(one.get("alt") or "") for one in element.iter("img"))
        if not FRAME_WORDS.search(f"{said} {image}") and not _in_footer(element) and may_be_article(link):
            yield link


def _in_footer(element: lxml.html.HtmlElement) -> bool:
    for parent in element.iterancestors():
        named = f"{parent.get('class') or ''} {parent.get('id') or ''}".lower()
        if parent.tag == "footer" or any(word in named for word in _FOOTERS):
            return True
    return False


def _in_table(text: str) -> list[str]:
    """Return the addresses that are cells of a table; none where the text is no table, but lines or prose."""
    lines = [line for line in text.splitlines() if line.strip()]
    for mark in "\t;,":
        try:
            rows = list(csv.reader(lines, delimiter=mark))
        except csv.Error:
            continue
        is_table = rows and len({len(row) for row in rows[:20]}) == 1 and len(rows[0]) > 1
        if is_table and (mark != "," or not _URL.match(rows[0][0].strip()) or _has_words(rows)):
            found = [cell.strip() for row in rows for cell in row if _URL.fullmatch(cell.strip())]
            if found:
                return [link for link in found if may_be_article(link)]
    return []


def _has_words(rows: list[list[str]]) -> bool:
    """Return whether cells beside addresses say something: else the commas may be the addresses' own."""
    return any(" " in cell.strip() or _URL.fullmatch(cell.strip()) for row in rows for cell in row[1:])


def _in_text(text: str) -> Iterator[str]:
    """Yield the addresses in running text, without those under words of a footer."""
    before = ""
    for line in text.splitlines():
        if line.rstrip() == "--":  # a signature
            return
        words = _URL.sub(" ", line)
        is_frame = FRAME_WORDS.search(words) or (not words.strip(" <>[]()") and FRAME_WORDS.search(before))
        bare = _BARE.fullmatch(line.strip())
        found = [f"https://{bare[0]}"] if bare else [_trimmed(match[0]) for match in _URL.finditer(line)]
        if not is_frame:
            yield from filter(may_be_article, found)
        if words.strip():
            before = words


def _trimmed(url: str) -> str:
    """Return an address without the marks of the sentence that it ends."""
    while url:
        last = url[-1]
        if last in _END or (last in _PAIRS and url.count(_PAIRS[last]) < url.count(last)):
            url = url[:-1]
        else:
            break
    return url
