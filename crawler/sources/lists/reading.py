"""Reading a page with links: by selectors, or by the rule that is learned from it. Pure; it runs in worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import lxml.html

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.lists.dates import ListDates
from crawler.sources.lists.learning import ListRule, apply, fits, learn, may_mean
from crawler.sources.lists.links import (
    MOST_ANCHORS,
    PageLink,
    base_of,
    is_long,
    links_of,
    parse_page,
)
from crawler.sources.lists.places import is_hidden
from crawler.sources.lists.source import PageListSettings
from crawler.sources.lists.wording import date_in, lines_of, title_in
from crawler.sources.paging import parts
from crawler.text.selectors import xpath_of
from crawler.urls import resolve
from crawler.values import Entry, ParsedFeed
from storage.codes import language_of_tag
from storage.troubles import Trouble

MOST_LINKS = 500
_NEXT = "//link[@rel='next']/@href | //a[@rel='next']/@href"


@dataclass(frozen=True, slots=True)
class ListItem:
    """One article that a page lists."""

    url: str
    title: str
    date: str = ""
    summary: str = ""


def read_list(document: SourceDocument) -> ParsedFeed:
    """Return the articles that a page lists, with the rule that was learned as its state. Raises `FeedError`."""
    settings = cast("PageListSettings", document.settings)
    rule = ListRule.from_data(document.state)
    items: list[ListItem] = []
    title = language = ""
    long: Trouble | None = None
    problem, state = None, dict(document.state) or {"is_read": True}
    for body, url in parts(document.body, document.url):
        tree = parse_page(body, url, document.content_type)
        if tree is None:
            raise FeedError(f"{url}: this is not a web page ({document.content_type or 'no content type'})")
        title = title or _title(tree)
        language = language or (tree.get("lang") or tree.get("xml:lang") or "").replace("_", "-").strip()
        if settings.items:
            items += _selected(tree, url, settings)
            continue
        if is_long(tree):
            long = Trouble("list-long", {"links": MOST_ANCHORS})
        read = _learned(tree, url, rule)
        items += read.items
        if read.rule is not rule:
            problem = _told(rule, read.rule)
            rule = read.rule
            state = rule.as_data()
    if not items:
        raise FeedError(_nothing(document.url, settings))
    return ParsedFeed(
        "list",
        title,
        language_of_tag(language),
        document.url,
        _entries(items[:MOST_LINKS], document, language),
        problem=problem or long,
        state=state,
        is_relearned=problem is not None,
    )


@dataclass(frozen=True, slots=True)
class _Learned:
    items: list[ListItem]
    rule: ListRule


def _learned(tree: lxml.html.HtmlElement, url: str, rule: ListRule | None) -> _Learned:
    """Return the articles by a rule; by a new one where there is none, or it fits no more. Raises `FeedError`."""
    links = links_of(tree, url, wanted=None if rule is None else may_mean(rule))
    found = apply(rule, links) if rule is not None else []
    if rule is None or not fits(rule, found):
        links = links if rule is None else links_of(tree, url)
        new = learn(links)
        if new is None and rule is not None and found:
            return _Learned([_item(link) for link in found], rule)  # the same list, with few on it today
        if new is None:
            raise FeedError(
                f"{url}: no list of articles was found among the {len(links)} links of this page; say which they are with "
                'items, for example items = "article", link = "h2 a"'
            )
        rule, found = new, apply(new, links)
    return _Learned([_item(link) for link in found], rule)


def _item(link: PageLink) -> ListItem:
    return ListItem(link.url, link.title, link.date, link.summary)


def _selected(tree: lxml.html.HtmlElement, url: str, settings: PageListSettings) -> list[ListItem]:
    base = base_of(tree, url)
    found = []
    for element in tree.xpath(xpath_of(settings.items)):
        if not isinstance(element, lxml.html.HtmlElement) or is_hidden(element):
            continue
        address = next(_addresses(element, base, settings.link), None)
        if address is None:
            continue
        title = _first(element, settings.title) if settings.title else title_in(element)[0]
        date = _date(element, settings.date) if settings.date else date_in(element)
        found.append(
            ListItem(address, title, date, _first(element, settings.summary) if settings.summary else "")
        )
    return found


def _addresses(item: lxml.html.HtmlElement, base: str, selector: str) -> Iterator[str]:
    """Yield the addresses of an item: those that the selector finds, else its own or its first link's."""
    if selector:
        for found in item.xpath(xpath_of(selector, within=True)):
            elements = [found] if isinstance(found, str) else [found, *found.iter("a")]
            for each in elements:
                href = each if isinstance(each, str) else each.get("href")
                if href and (address := resolve(base, href)):
                    yield address
        return
    for anchor in item.iter("a"):  # the item itself comes first
        if address := resolve(base, anchor.get("href") or ""):
            yield address


def _first(item: lxml.html.HtmlElement, selector: str) -> str:
    for found in item.xpath(xpath_of(selector, within=True)):
        text = found if isinstance(found, str) else " ".join(lines_of(found))
        if text.strip():
            return " ".join(text.split())
    return ""


def _date(item: lxml.html.HtmlElement, selector: str) -> str:
    for found in item.xpath(xpath_of(selector, within=True)):
        if isinstance(found, str):
            return found
        for name in ("datetime", "content", "data-date", "data-time"):
            if value := found.get(name):
                return str(value)
        return " ".join(lines_of(found))
    return ""


def _entries(items: Sequence[ListItem], document: SourceDocument, language: str) -> tuple[Entry, ...]:
    dates = ListDates(language, document.url, document.home, document.now)
    drafts = [
        Draft(
            guid="",
            links=(item.url,),
            title=item.title,
            summary=item.summary,
            content="",
            author="",
            published=dates.read(item.date),
            categories=(),
        )
        for item in items
    ]
    return finish(drafts, base=document.url, site=document.url)


def next_page(body: bytes, url: str, selector: str) -> str | None:
    """Return the address of the page that follows; None where there is none."""
    tree = parse_page(body, url, None)
    if tree is None:
        return None
    for found in tree.xpath(xpath_of(selector) if selector else _NEXT):
        href = found if isinstance(found, str) else found.get("href")
        if href and (address := resolve(base_of(tree, url), href)):
            return address
    return None


def _title(tree: lxml.html.HtmlElement) -> str:
    found = tree.find(".//title")
    return " ".join((found.text_content() if found is not None else "").split())


def _told(old: ListRule | None, new: ListRule) -> Trouble | None:
    if old is None:
        return None
    return Trouble(
        "list-relearned",
        {"links": new.links, "like": new.prefix, "links_before": old.links, "like_before": old.prefix},
    )


def _nothing(url: str, settings: PageListSettings) -> str:
    if settings.items:
        return f"{url}: items = {settings.items!r} finds nothing with a link on this page"
    return f"{url}: the page lists no articles any more"
