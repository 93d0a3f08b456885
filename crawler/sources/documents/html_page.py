"""HTML where a feed should be: never parsed as one, but asked for the feeds that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import lxml.etree
import lxml.html

from crawler.errors import FeedError
from crawler.sources.documents.roots import root_name
from crawler.sources.lists.learning import learn
from crawler.sources.lists.links import links_of, parse_page
from crawler.text.charset import decode
from crawler.text.html_text import clean
from crawler.urls import resolve
from crawler.values import ParsedFeed

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
_HTML_ROOTS = frozenset({"html", "head", "body", "div", "script", "meta", "title"})
_DOCTYPE = re.compile(rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<!doctype\s+html", re.DOTALL)
_FEED_PATH = re.compile(
    r"/(?:rss|feed|atom|rdf)(?:/[\w-]*)*/?$|[/.](?:rss|atom|rdf)$|/(?:rss|feed|atom|index)\w*\.xml$", re.I
)
_COMMENTS = re.compile(r"comment|comentario|commentaire|kommentar", re.IGNORECASE)
_ASIDE = re.compile(r"podcast|audio|video|/tag/|/author/|/category/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names: by `<link rel="alternate">`, or by an ordinary link whose address looks like a feed's."""

    url: str
    title: str
    declared: bool


def recognises(head: bytes) -> bool:
    """Return whether the document is a web page."""
    return root_name(head) in _HTML_ROOTS or _DOCTYPE.match(head) is not None


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Raise `FeedError`: a web page is no feed. The error offers the feeds that the page names, the likeliest first.

    Where it names none, it says how many articles the page lists.
    """
    found = linked_feeds(body, url=url, content_type=content_type)
    if found:
        names = ", ".join(link.url for link in found[:3])
        raise FeedError(
            f"{url}: this is a web page, not a feed; it names {names}",
            alternates=tuple(link.url for link in found),
        )
    tree = parse_page(body, url, content_type)
    rule = None if tree is None else learn(links_of(tree, url))
    if rule is None:
        raise FeedError(f"{url}: this is a web page, not a feed")
    raise FeedError(
        f"{url}: this is a web page, not a feed; it lists {rule.links} articles like {rule.prefix}…, which a source can follow: "
        f'{{ kind = "list", url = "{url}" }}',
        listed=rule.links,
    )


def linked_feeds(body: bytes, *, url: str, content_type: str | None = None) -> tuple[FeedLink, ...]:
    """Return the feeds that a page names, absolute, the likeliest to be the outlet's main feed first.

    Declared ones come before mere links; then those of the page's own site; feeds of comments come last, those of a tag, an
    author, a category or of sound and pictures before them; else the page's order stands.
    """
    try:
        page = lxml.html.document_fromstring(
            decode(body, content_type=content_type).encode(), parser=_parser()
        )
    except (lxml.etree.LxmlError, ValueError):
        return ()
    base_tag = page.find(".//base[@href]")
    base = resolve(url, base_tag.get("href")) if base_tag is not None else None
    links: dict[str, FeedLink] = {}
    for link in (*_declared(page, base or url), *_mentioned(page, base or url, url)):
        links.setdefault(link.url, link)
    host = _site(url)
    return tuple(sorted(links.values(), key=lambda link: _rank(link, host)))


def _parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", no_network=True)


def _declared(page: lxml.html.HtmlElement, base: str) -> Iterator[FeedLink]:
    for link in page.iterfind(".//link[@href]"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        target = resolve(base, link.get("href"))
        if (
            "alternate" in (link.get("rel") or "").lower().split()
            and kind in FEED_TYPES
            and target is not None
        ):
            yield FeedLink(target, clean(link.get("title") or ""), declared=True)


def _mentioned(page: lxml.html.HtmlElement, base: str, url: str) -> Iterator[FeedLink]:
    for anchor in page.iterfind(".//a[@href]"):
        target = resolve(base, anchor.get("href"))
        if target is not None and _FEED_PATH.search(urlsplit(target).path) and not _is_page(target, url):
            yield FeedLink(target, clean(anchor.text_content())[:200], declared=False)


def _is_page(target: str, url: str) -> bool:
    """Return whether a link leads to the page itself, or to more of it: the next page of its results."""
    one, other = urlsplit(target), urlsplit(url)
    return (one.netloc, one.path.rstrip("/")) == (other.netloc, other.path.rstrip("/"))


def _rank(link: FeedLink, site: str) -> tuple[bool, int, bool]:
    about = f"{link.title} {urlsplit(link.url).path}"
    aside = 2 if _COMMENTS.search(about) else 1 if _ASIDE.search(about) else 0
    return (not link.declared, aside, _site(link.url) != site)


def _site(url: str) -> str:
    """Return the last two labels of the host: feeds often stand on a subdomain."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])
