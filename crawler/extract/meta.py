"""The head of a page: OpenGraph, article:*, Dublin Core and plain meta elements, `<link>`, `<title>`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

import lxml.html
from typing_extensions import override

from crawler.extract.authors import clean_authors
from crawler.extract.base import Extractor, Page
from crawler.extract.facts import Facts
from crawler.extract.moments import date_reader
from crawler.text.html_text import clean
from crawler.urls import resolve

_PUBLISHED = [
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.date",
    "dcterms.issued",
    "dc.date.created",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "published_time",
    "published-date",
    "article:post_date",
    "article.published",
    "sailthru.date",
    "parsely-pub-date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "last_publish_date",
    "displaydate",
    "ptime",
    "rnews:datepublished",
    "originalpublicationdate",
    "datecreated",
    "created",
    "article_date_original",
    "bt:pubdate",
    "vr:published_time",
    "iso-8601-publish-date",
    "content_create_date",
    "weibo:article:create_at",
]
_MODIFIED = [
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "lastmod",
    "revised",
    "bt:moddate",
]
_AUTHOR = [
    "author",
    "article:author_name",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
    "article:author",
    "cxenseparse:author",
    "cxenseparse:recs:author",
    "rbauthors",
    "twitter:data1",
    "citation_author",
    "og:article:author",
    "vr:author",
    "shareaholic:article_author_name",
]
_TITLE = [
    "og:title",
    "twitter:title",
    "dcterms.title",
    "dc.title",
    "parsely-title",
    "sailthru.title",
    "title",
    "headline",
]
_LEAD = [
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "dcterms.description",
    "sailthru.description",
]
_SITE = [
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "cre",
    "publisher",
    "dc.publisher",
    "copyright",
]
_IMAGE = [
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "twitter:image",
    "twitter:image:src",
    "thumbnail",
    "parsely-image-url",
]
_SECTION = [
    "article:section",
    "og:article:section",
    "parsely-section",
    "section",
    "cxenseparse:section",
    "sailthru.section",
    "category",
]
_LANGUAGE = ["content-language", "language", "dc.language", "dcterms.language", "og:locale", "inlanguage"]
_TIER = ["article:content_tier", "og:article:content_tier", "article:content-tier", "content_tier"]
_LOCKED = frozenset({"locked", "metered", "premium", "paid"})
_KINDS = {"video": "video", "video.other": "video", "video.episode": "video", "video.movie": "video"}
_AUTHOR_LABELS = frozenset(
    [
        "written by",
        "verfasst von",
        "écrit par",
        "escrito por",
        "scritto da",
        "geschreven door",
        "author",
        "von",
        "par",
        "auteur",
        "napisane przez",
        "skrevet av",
        "skriven av",
        "kirjoittanut",
        "yazan",
        "كُتب بواسطة",
        "كتب بواسطة",
        "написано автором",
        "автор",
        "escrito por",
        "escrit per",
        "投稿者",
        "执笔者",
        "作者",
    ]
)


def read(page: lxml.html.HtmlElement, *, url: str, home: str = "") -> Facts:
    """Return what the head says."""
    meta = _meta(page)
    read_date = date_reader(page, url=url, home=home)
    published = map(read_date, _values(meta, _PUBLISHED))
    modified = map(read_date, _values(meta, _MODIFIED))
    images = (resolve(url, value) for value in _values(meta, _IMAGE))
    tier = next(_values(meta, _TIER), "").lower()
    return Facts(
        title=next(_values(meta, _TITLE), None) or clean(page.findtext(".//title") or "") or None,
        lead=next(_values(meta, _LEAD), None),
        authors=_authors(meta),
        published=next(filter(None, published), None),
        modified=next(filter(None, modified), None),
        language=page.get("lang") or page.get("xml:lang") or next(_values(meta, _LANGUAGE), None),
        canonical_url=_canonical(page, meta, url),
        site_name=next(_values(meta, _SITE), None),
        section=next(_values(meta, _SECTION), None),
        image=next(filter(None, images), None),
        paywalled=tier in _LOCKED if tier else None,
        kind=_KINDS.get(next(_values(meta, ("og:type",)), "").lower()),
    )


def _meta(page: lxml.html.HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in page.iter("meta"):
        content = element.get("content")
        if not content:
            continue
        names = (
            element.get("property")
            or element.get("name")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        text = clean(content)
        for name in (names or "").lower().split():
            if text:
                found.setdefault(name, []).append(text)
    return found


def _values(meta: dict[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    return iter([meta[name][0] for name in names if name in meta])


def _authors(meta: dict[str, list[str]]) -> tuple[str, ...]:
    for name in _AUTHOR:
        if (
            name == "twitter:data1"
            and next(iter(meta.get("twitter:label1", ())), "").casefold() not in _AUTHOR_LABELS
        ):
            continue
        if authors := clean_authors(
            value for value in meta.get(name, ()) if not value.startswith(("http://", "https://"))
        ):
            return authors
    return ()


def _canonical(page: lxml.html.HtmlElement, meta: dict[str, list[str]], url: str) -> str | None:
    for link in page.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and (
            found := resolve(url, link.get("href") or "")
        ):
            return found
    return resolve(url, meta["og:url"][0]) if "og:url" in meta else None


class Meta(Extractor):
    """The page's head."""

    name = "meta"
    doc = "OpenGraph, Dublin Core and plain meta elements, links and the title"
    rank = 40
    ranks = MappingProxyType({"language": 25, "canonical_url": 25, "site_name": 25, "image": 25})

    @override
    def read(self, page: Page, known: frozenset[str]) -> Facts:
        return read(page.tree, url=page.base, home=page.home)
