"""The head of a page: OpenGraph, article:*, Dublin Core and plain meta elements, `<link>`, `<title>`, `<h1>`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import lxml.html

from crawler.extract.authors import clean_authors
from crawler.extract.facts import Facts
from crawler.feeds.dates import parse_date
from crawler.feeds.text import clean
from crawler.urls import resolve

_PUBLISHED = (
    *(
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "date",
        "dc.date",
        "dc.date.issued",
    ),
    *("dcterms.created", "pubdate", "publishdate", "publish-date", "sailthru.date", "parsely-pub-date"),
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_AUTHOR = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")
_LOCKED = frozenset({"locked", "metered", "premium", "paid"})


def read(page: lxml.html.HtmlElement, *, url: str) -> Facts:
    """Gives what the head says."""
    meta = _meta(page)
    published = (parse_date(value) for value in _values(meta, _PUBLISHED))
    modified = (parse_date(value) for value in _values(meta, _MODIFIED))
    tier = next(_values(meta, ("article:content_tier", "og:article:content_tier")), "").lower()
    return Facts(
        title=_title(page, meta),
        lead=next(
            _values(meta, ("og:description", "description", "twitter:description", "dc.description")), None
        ),
        authors=clean_authors(list(_values(meta, _AUTHOR))[:1]),
        published=next(filter(None, published), None),
        modified=next(filter(None, modified), None),
        language=page.get("lang") or next(_values(meta, ("og:locale", "content-language")), None),
        canonical_url=_canonical(page, meta, url),
        site_name=next(_values(meta, ("og:site_name", "application-name")), None),
        image=next(
            filter(None, (resolve(url, value) for value in _values(meta, ("og:image", "twitter:image")))),
            None,
        ),
        paywalled=tier in _LOCKED if tier else None,
    )


def _meta(page: lxml.html.HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = (
            element.get("property")
            or element.get("name")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        content = clean(element.get("content") or "")
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _values(meta: dict[str, str], names: Iterable[str]) -> Iterator[str]:
    return iter([meta[name] for name in names if name in meta])


def _title(page: lxml.html.HtmlElement, meta: dict[str, str]) -> str | None:
    for name in ("og:title", "twitter:title", "dc.title", "title"):
        if name in meta:
            return meta[name]
    headings = [clean(heading.text_content()) for heading in page.iter("h1")]
    title = clean(page.findtext(".//title") or "")
    inside = [heading for heading in headings if heading and heading in title]
    return next(iter(inside), None) or title or next(filter(None, headings), None)


def _canonical(page: lxml.html.HtmlElement, meta: dict[str, str], url: str) -> str | None:
    for link in page.iterfind(".//link[@href]"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return resolve(url, link.get("href") or "")
    return resolve(url, meta["og:url"]) if "og:url" in meta else None
