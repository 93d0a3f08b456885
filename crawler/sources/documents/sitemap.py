"""Sitemaps (sitemaps.org 0.9), news sitemaps (`news:` extension), and sitemap indexes.

A URL becomes an entry whose guid is the URL. With the news extension it has a title, a date and keywords; without, the page
itself tells its title, and its date is `lastmod`. A sitemap may list every page of a site: the newest `MOST_ENTRIES` are taken.
Of an index there are no entries but `children`: the sitemaps that it names, news first, then the newest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import lxml.etree

from crawler.errors import FeedError
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.published import date_reader
from crawler.sources.documents.roots import root_name
from crawler.sources.documents.xml import CUT_OFF, SITEMAP_ENTRIES, without_cut_entry, xml_text
from crawler.text.charset import decode
from crawler.text.dates import DateReader
from crawler.text.html_text import clean
from crawler.urls import resolve
from crawler.values import ParsedFeed
from storage.codes import language_of_tag

MOST_ENTRIES = 2_000
"""A news sitemap may have 1,000 (the news extension's own limit), any other 50,000."""
MOST_CHILDREN = 500

_NEWS = "/sitemap-news/"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def recognises(head: bytes) -> bool:
    """Return whether the document's root is a sitemap's or a sitemap index's."""
    return root_name(head) in ("urlset", "sitemapindex")


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Parse a sitemap or a sitemap index; of a broken one, what can be read. Raises `FeedError`."""
    text, is_cut_off = without_cut_entry(xml_text(decode(body, content_type=content_type)), SITEMAP_ENTRIES)
    rows = _rows(text.encode())
    kind = "sitemap"
    found: list[dict[str, str]] = []
    children: list[dict[str, str]] = []
    try:
        for name, row in rows:
            if name == "sitemap":
                kind = "sitemap-index"
                children.append(row)
            else:
                found.append(row)
    except lxml.etree.XMLSyntaxError as error:
        raise FeedError(f"{url}: the sitemap can't be read: {error}") from error
    if is_cut_off and not found and not children:
        raise FeedError(f"{url}: the sitemap is cut off before its first entry")
    if not found and not children and root_name(text[:4096].lower().encode()) == "sitemapindex":
        kind = "sitemap-index"
    language = next((row["language"] for row in found if row.get("language")), "")
    read = date_reader(language, url, home)
    found = _newest(found, read)[:MOST_ENTRIES]
    publication = next((row["name"] for row in found if row.get("name")), "")
    return ParsedFeed(
        kind=kind,
        title=clean(publication),
        language=language_of_tag(language),
        site=resolve(url, "/") or url,
        entries=finish([_draft(row, url, read) for row in found], base=url, site=url),
        problem=CUT_OFF if is_cut_off else None,
        is_cut_off=is_cut_off,
        children=_children(children, url, read),
    )


def _rows(document: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Return each `url` and `sitemap` with the texts in it, and lets go of it: a sitemap may be 50 MB."""
    events = lxml.etree.iterparse(
        io.BytesIO(document),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    for _, element in events:
        row: dict[str, str] = {}
        for part in element.iter(lxml.etree.Element):
            namespace, name = _split(part.tag)
            # pictures and videos have a loc and a title of their own
            if part.getparent() is element or _NEWS in namespace:
                row.setdefault(name.lower(), (part.text or "").strip())
        yield _split(element.tag)[1], row
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _split(tag: str) -> tuple[str, str]:
    """Return namespace and name. lxml's QName refuses what its parser lets through, such as a prefix that is not declared."""
    namespace, _, name = tag.rpartition("}")
    return namespace, name


def _draft(row: dict[str, str], url: str, read: DateReader) -> Draft:
    address = resolve(url, row.get("loc", "")) or ""
    return Draft(
        guid=address,
        links=(address,),
        title=clean(row.get("title", "")) if "publication_date" in row else "",
        summary="",
        content="",
        author="",
        published=_date(row, read),
        categories=tuple(filter(None, map(clean, row.get("keywords", "").split(",")))),
    )


def _date(row: dict[str, str], read: DateReader) -> datetime | None:
    return read(row.get("publication_date", "")) or read(row.get("lastmod", ""))


def _newest(rows: list[dict[str, str]], read: DateReader) -> list[dict[str, str]]:
    """Put the newest first; rows of no date keep their order, last."""
    rows = [row for row in rows if row.get("loc")]
    return sorted(rows, key=lambda row: _date(row, read) or _LONG_AGO, reverse=True)


def _children(rows: list[dict[str, str]], url: str, read: DateReader) -> tuple[str, ...]:
    ordered = sorted(_newest(rows, read), key=lambda row: "news" not in row["loc"].lower())
    targets = (resolve(url, row["loc"]) for row in ordered[:MOST_CHILDREN])
    return tuple(dict.fromkeys(target for target in targets if target is not None))
