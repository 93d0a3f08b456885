"""`extract_page`: asks every source, then merges what they say. The merge is the table in `_merge`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import lxml.etree
import lxml.html

from crawler.charset import decode
from crawler.errors import ExtractionError
from crawler.extract import body, jsonld, meta, rules
from crawler.extract.facts import Facts
from crawler.extract.language import detect_language
from crawler.feeds.text import clean, html_to_text
from crawler.values import ExtractedPage
from storage.furniture import find_furniture

T = TypeVar("T")

RESCUE_BELOW = 250
"""Below so many characters the text that JSON-LD carries is taken where it is longer."""
RESCUE_FACTOR = 1.25
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")
_SUFFIX = re.compile(r"\s+[|–—\-·•:»]\s+(?P<site>[^|–—·•»]{2,60})$")


def extract_page(content: bytes, *, url: str, content_type: str | None = None) -> ExtractedPage:
    """Gives the article on a page; its text is empty where there is none.

    Raises `ExtractionError` only where the bytes are no HTML at all. A source that fails says nothing; the others go on.
    """
    page = _parse(content, url, content_type)
    facts = {
        "json-ld": _ask(lambda: jsonld.read(page, url=url)),
        "meta": _ask(lambda: meta.read(page, url=url)),
    }
    own = facts.values()
    complete = all(any(getattr(fact, field) for fact in own) for field in ("title", "authors", "published"))
    facts["guess"] = Facts() if complete else _ask(lambda: body.read_metadata(page, url=url))
    facts["rules"] = _ask(lambda: rules.take_credits(page))
    facts["trafilatura"] = _ask(lambda: body.read(page, url=url))
    return _merge(facts, url)


def warm_up() -> None:
    """Loads what the first page would wait for."""
    page = (
        b"<html><body><article><p>"
        + b"The first page loads the models. " * 20
        + b"</p></article></body></html>"
    )
    extract_page(page, url="https://tocsin.example/")


def _parse(content: bytes, url: str, content_type: str | None) -> lxml.html.HtmlElement:
    if not content.strip() or content.startswith(_BINARY):
        raise ExtractionError(f"{url}: this is no web page ({content_type or 'empty or binary'})")
    text = _DECLARATION.sub("", _UNWANTED.sub("", decode(content, content_type=content_type)))
    try:
        return lxml.html.document_fromstring(
            text, parser=lxml.html.HTMLParser(huge_tree=False, remove_comments=True)
        )
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ExtractionError(f"{url}: this is no web page: {error}") from error


def _ask(source: Callable[[], Facts]) -> Facts:
    try:
        return source()
    except Exception:  # noqa: BLE001  (lxml, trafilatura and what they use raise anything on pages made to break them)
        return Facts()


def _merge(facts: dict[str, Facts], url: str) -> ExtractedPage:
    """Field by field, the first source that says something."""
    sources: dict[str, str] = {}

    def first(field: str, order: str, get: Callable[[Facts], T | None]) -> T | None:
        for name in order.split():
            value = get(facts[name])
            if value not in (None, "", ()):
                sources[field] = "trafilatura" if name == "guess" else name
                return value
        return None

    # fmt: off
    title         = first("title",         "json-ld meta guess",       lambda f: f.title) or ""
    lead          = first("lead",          "json-ld meta",       lambda f: f.lead) or ""
    authors       = first("authors",       "json-ld meta guess",       lambda f: f.authors) or ()
    published     = first("published",     "json-ld meta guess",       lambda f: f.published)
    modified      = first("modified",      "json-ld meta",       lambda f: f.modified)
    declared      = first("language",      "json-ld meta",       lambda f: f.language)
    canonical_url = first("canonical_url", "meta",               lambda f: f.canonical_url)
    site_name     = first("site_name",     "meta json-ld",       lambda f: f.site_name)
    image         = first("image",         "meta json-ld",       lambda f: f.image)
    photo_credit  = first("photo_credit",  "rules json-ld",      lambda f: f.photo_credit)
    paywalled     = first("paywalled",     "json-ld meta",       lambda f: f.paywalled)
    text          = first("text",          "trafilatura",        lambda f: f.text) or ""
    # fmt: on
    title = _without_site(title, site_name, facts["json-ld"].site_name, url)
    told = facts["json-ld"].text or ""
    rescues = (len(text) < RESCUE_BELOW and len(told) > len(text)) or len(told) > RESCUE_FACTOR * len(text)
    if told and (rescues or told.split() == text.split()):  # the same words: JSON-LD may know the paragraphs
        text = told
        sources["text"] = "json-ld"
    text, credit = _without_furniture(text, title)
    if photo_credit is None and credit is not None:
        photo_credit = credit
        sources["photo_credit"] = "text"
    language = detect_language(title, text, declared)
    if language is not None and len(text) + len(title) >= 60:
        sources["language"] = "text"
    if not lead and text:
        lead = text.split("\n", 1)[0]
        sources["lead"] = "text"
    return ExtractedPage(
        url=url,
        title=title,
        text=text,
        lead=lead,
        authors=authors,
        published=published,
        modified=modified,
        language=language,
        canonical_url=canonical_url,
        site_name=site_name,
        image=image,
        photo_credit=photo_credit,
        paywalled=bool(paywalled),
        sources=sources,
    )


def _without_site(title: str, *hints: str | None) -> str:
    """Takes " | Site" off the end of a title where it is the site's name."""
    title = clean(html_to_text(title))
    *names, url = hints
    host = (url or "").split("/")[2:3]
    known = (
        {_letters(name) for name in names if name}
        | {_letters(host[0].removeprefix("www.").rpartition(".")[0])}
        if host
        else set()
    )
    while (match := _SUFFIX.search(title)) is not None:
        site = _letters(match["site"])
        if not site or not any(site == name or (len(site) > 3 and site in name) for name in known):
            return title
        title = title[: match.start()]
    return title


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _without_furniture(text: str, title: str) -> tuple[str, str | None]:
    """Takes photo credits out of the text, and the title where it is repeated at the head; gives the first credit."""
    credit: str | None = None
    lines = text.split("\n")
    dropped: set[int] = set()
    for item in find_furniture(text):
        if item.kind == "photo-credit":
            dropped.add(text.count("\n", 0, item.start))
            credit = credit or item.credit
    if lines and title and _letters(lines[0]) == _letters(title):
        dropped.add(0)
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped), credit
