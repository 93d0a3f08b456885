"""`extract_page`: asks every source, then merges what they say. The merge is the table in `_merge`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import TypeVar
from urllib.parse import urlsplit

import lxml.etree
import lxml.html

from crawler.errors import ExtractionError
from crawler.extract import fallback, visible
from crawler.extract.base import Page, extractors
from crawler.extract.body import ArticleBody, find_body
from crawler.extract.cites import find_cites
from crawler.extract.credits import clean_credit
from crawler.extract.docx import extract_docx, is_docx
from crawler.extract.facts import Facts
from crawler.extract.host_rules import HostRules
from crawler.extract.language import detect_language, language_of_title
from crawler.extract.odd import comes_by_script, next_page, says_nothing, what_is_wrong
from crawler.extract.offers import is_offer
from crawler.extract.pdf import extract_pdf, is_pdf
from crawler.extract.state import find_state_text
from crawler.extract.titles import choose_title, letters
from crawler.text.charset import decode
from crawler.text.dates import believable
from crawler.urls import canonical_url, resolve
from crawler.values import LONGEST_TITLE, ExtractedPage
from storage.boilerplate import find_boilerplate

log = logging.getLogger(__name__)

T = TypeVar("T")

RESCUE_BELOW = 250
"""Below so many characters, what JSON-LD and trafilatura find is taken where it is longer."""
RESCUE_FACTOR = 1.25
STATE_BELOW = 700
"""Below so many, what the page's scripts hold: a footer's prose is no article."""
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
"""Looked for in the bytes, which takes a fifth of the time that the search for `_UNWANTED` does."""
_CLASSES = lxml.etree.ElementDefaultClassLookup(
    element=lxml.html.HtmlElement,
    comment=lxml.html.HtmlComment,
    pi=lxml.html.HtmlProcessingInstruction,
    entity=lxml.html.HtmlEntity,
)
"""One class for all elements. lxml.html's own parser asks a function in Python for that of each."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")
_SHORTEST_NAME = 3
_INDEX = re.compile(r"(?:index|default)(?:\.\w{2,5})?")
_NO_ARTICLE = re.compile(
    r"(?:home|404|410|error|not-?found|search|log-?in|sign-?in|undefined|null|none|nan)(?:\.\w{2,5})?"
)
_UNFILLED = re.compile(r"\{\{|\}\}|%7b%7b|\$\{|<%|\[\[", re.IGNORECASE)
"""Of a template that nobody filled in."""
_LOCAL = (".local", ".localhost", ".internal", ".test")
_ADDRESS = re.compile(r"[\d.]+|\[.*\]")
_LITTLE = 400
"""A page of a video or of pictures with less text than this is kept by its summary."""


def extract_page(
    content: bytes,
    *,
    url: str,
    content_type: str | None = None,
    rules: HostRules | None = None,
    now: datetime | None = None,
    home: str = "",
) -> ExtractedPage:
    """Return the article on a page; its text is empty where there is none. `rules` are those of its host, if it has any.
    With `now`, a date that lies ahead is none: it is an event's. `home` is the outlet's locale ("en-GB"), for numeric dates.

    A PDF or a Word document is an article too. Raises `ExtractionError` only where the bytes are none of these. A source that
    fails says nothing; the others go on.
    """
    if is_pdf(content):
        return extract_pdf(content, url=url, now=now, home=home)
    if is_docx(content):
        return extract_docx(content, url=url, now=now)
    tree = _parse(content, url, content_type)
    page = Page(url, tree, _base(tree, url), rules, home)
    alive = list(
        tree.iter()
    )  # lxml makes an object anew for each element that none refers to, at each walk over the page
    facts: dict[str, Facts] = {}
    known: frozenset[str] = frozenset()
    for extractor in extractors():
        facts[extractor.name] = said = _ask(lambda: extractor.read(page, known), url)  # noqa: B023  (called at once)
        known |= {field.name for field in fields(Facts) if getattr(said, field.name)}
    article = _merge(page.tree, facts, url, now)
    del alive
    return article


@cache
def _order(field: str) -> tuple[str, ...]:
    """Return the extractors in the order in which they are believed about a field."""
    return tuple(each.name for each in sorted(extractors(), key=lambda each: each.rank_of(field)))


def warm_up() -> None:
    """Load what the first page would wait for: the models of languages, trafilatura's lists."""
    line = b"<p>The first page loads the models. " * 20
    for document in (
        b"<html><body><article>" + line + b"</article></body></html>",
        b"<html><body><p>Nothing</p>",
    ):
        extract_page(document, url="https://tocsin.example/")


def _base(tree: lxml.html.HtmlElement, url: str) -> str:
    declared = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    return (resolve(url, declared) if declared else None) or url


def _parse(content: bytes, url: str, content_type: str | None) -> lxml.html.HtmlElement:
    if not content.strip() or content.startswith(_BINARY):
        raise ExtractionError(f"{url}: this is not a web page ({content_type or 'empty or binary'})")
    text = decode(content, content_type=content_type)
    if len(content.translate(None, _CONTROLS)) < len(content):
        text = _UNWANTED.sub("", text)
    parser = lxml.etree.HTMLParser(huge_tree=True, remove_comments=True, encoding="utf-8")
    parser.set_element_class_lookup(_CLASSES)
    try:
        return lxml.html.document_fromstring(_encoded(_DECLARATION.sub("", text)), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ExtractionError(f"{url}: this is not a web page: {error}") from error


def _encoded(text: str) -> bytes:
    """Return a text as the parser reads it fastest, without lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _UNWANTED.sub("", text).encode()


def _ask(source: Callable[[], Facts], url: str) -> Facts:
    """Return what a source says; nothing where it fails, which is logged: the other sources still make an article."""
    try:
        return source()
    except Exception as error:  # noqa: BLE001  (lxml, trafilatura and what they use raise anything on pages made to break them)
        log.warning("%s: a part of the page can't be read: %s: %s", url, type(error).__name__, error)
        return Facts()


def _merge(
    page: lxml.html.HtmlElement, facts: dict[str, Facts], url: str, now: datetime | None
) -> ExtractedPage:
    """Field by field, the first source that says something."""
    sources: dict[str, str] = {}

    def first(field: str, get: Callable[[Facts], T | None]) -> T | None:
        for name in _order(field):
            value = get(facts[name])
            if value not in (None, "", ()):
                sources[field] = name
                return value
        return None

    description = first("lead", lambda f: f.lead) or ""
    authors = first("authors", lambda f: f.authors) or ()
    published = first("published", lambda f: f.published if now is None else believable(f.published, now=now))
    modified = first("modified", lambda f: f.modified)
    declared = first("language", lambda f: f.language)
    canonical = first("canonical_url", lambda f: f.canonical_url)
    site_name = first("site_name", lambda f: f.site_name)
    section = first("section", lambda f: f.section)
    image = first("image", lambda f: f.image)
    photo_credit = first("photo_credit", lambda f: f.photo_credit)
    photo_caption = first("photo_caption", lambda f: f.photo_caption)
    paywalled = first("paywalled", lambda f: f.paywalled)
    kind = first("kind", lambda f: f.kind) or "article"
    title, sources["title"] = choose_title(
        [(name, (facts[name].title or "")[:LONGEST_TITLE]) for name in _order("title")],
        site_names=[site_name, facts["json-ld"].site_name, facts["meta"].site_name],
        url=url,
    )
    title = title[:LONGEST_TITLE]
    authors = _without_outlet(page, authors, facts, site_name, sources, url)
    body = find_body(page, title=title, leads=[said.lead for said in facts.values() if said.lead])
    text, sources["text"] = _text(page, facts, body, title=title, url=url)
    text, credit = _without_boilerplate(text)
    if photo_credit is None and credit is not None:
        photo_credit = clean_credit(credit)
        sources["photo_credit"] = "text"
    is_index = body.is_index and sources["text"] == "page" and facts["json-ld"].kind is None
    problem = what_is_wrong(page, title=title, text=text, url=url, is_index=is_index)
    if problem is None and kind == "article" and (says_nothing(text) or comes_by_script(page, text)):
        problem = "no text"
    following = None if problem or kind == "live" else next_page(page, url=url)
    if problem is not None:
        text = ""
    elif kind in ("video", "gallery") and len(text) < _LITTLE and len(description) > len(text):
        text, sources["text"] = description, "summary"
    language = detect_language(title, text, declared)
    if language is not None and len(text) + len(title) >= 60:
        sources["language"] = "text"
    lead = description
    if body.standfirst and sources["text"] == "page" and not facts["rules"].lead:
        lead, sources["lead"] = body.standfirst, "page"
    elif not lead and text:
        lead, sources["lead"] = text.split("\n", 1)[0], "text"
    return ExtractedPage(
        url=url,
        title=title,
        text=text,
        lead=lead,
        description=description,
        authors=authors,
        published=published,
        modified=modified,
        language=language,
        title_language=language_of_title(title, language),
        canonical_url=_sensible(_without_fragment(canonical), url),
        site_name=site_name,
        section=section,
        image=image,
        photo_credit=photo_credit,
        photo_caption=photo_caption,
        paywalled=bool(paywalled),
        kind=kind,
        problem=problem,
        next_page=following,
        cites=find_cites(body.kept, url) if text else (),
        sources={field: source for field, source in sources.items() if source},
    )


def _text(
    page: lxml.html.HtmlElement, facts: dict[str, Facts], body: ArticleBody, *, title: str, url: str
) -> tuple[str, str]:
    """Return the text and its source: an extractor's before JSON-LD, else our own search, unless another finds much more."""
    for name in takewhile(lambda name: name != "json-ld", _order("text")):
        if told := facts[name].text:
            return told, name
    text, source = "\n".join(body.lines), "page"
    told = facts["json-ld"].text or ""
    if len(text) < RESCUE_BELOW and len(told) < RESCUE_BELOW:
        guess = _ask(lambda: fallback.read(page, url=url), url).text or ""
        lines = (line for line in guess.split("\n") if letters(line) != letters(title) and not is_offer(line))
        guess = "\n".join(lines)
        if len(guess) > RESCUE_FACTOR * len(text):
            text, source = guess, "trafilatura"
    if len(text) < STATE_BELOW and len(told) < STATE_BELOW:
        state = (
            _ask(lambda: Facts(text=find_state_text(page, has_text=len(text) >= RESCUE_BELOW)), url).text
            or ""
        )
        if len(state) > RESCUE_FACTOR * len(text):
            return state, "state"
    rescues = (len(text) < RESCUE_BELOW and len(told) > len(text)) or len(told) > RESCUE_FACTOR * len(text)
    if told and (rescues or told.split() == text.split()):  # the same words: JSON-LD may know the paragraphs
        text, source = told, "json-ld"
    return text, source if text else ""


def _without_boilerplate(text: str) -> tuple[str, str | None]:
    """Take photo credits, bylines and "read also" lines out of the text; return the first credit."""
    credit: str | None = None
    lines = text.split("\n")
    dropped: set[int] = set()
    for item in find_boilerplate(text):
        dropped.add(text.count("\n", 0, item.start))
        credit = credit or item.credit
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped), credit


def _without_outlet(
    page: lxml.html.HtmlElement,
    authors: tuple[str, ...],
    facts: dict[str, Facts],
    site_name: str | None,
    sources: dict[str, str],
    url: str,
) -> tuple[str, ...]:
    """The outlet itself is an author only where no one else is named."""
    outlet = {letters(name) for name in (site_name, facts["json-ld"].site_name, *_labels(url)) if name}
    named = tuple(author for author in authors if not _is_outlet(author, outlet))
    if named or not authors:
        return named
    shown = _ask(lambda: visible.read(page, url="", times=False), url).authors
    for source, others in (("meta", facts["meta"].authors), ("page", shown)):
        if others := tuple(author for author in others if not _is_outlet(author, outlet)):
            sources["authors"] = source
            return others
    return authors


def _labels(url: str) -> Iterator[str]:
    """Give what an address calls the outlet: its host without the last label, and that label that is longest."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")[:-1]
    yield from (host, max(labels, key=len, default=""))


def _is_outlet(author: str, outlet: set[str]) -> bool:
    """Tell whether an author is the outlet itself: "The Gazette", a part of its name ("Gazette"), or its name and more."""
    own = letters(author)
    if own in outlet or (len(own) >= _SHORTEST_NAME and any(own in name for name in outlet)):
        return True
    return len(author.split()) <= 3 and any(len(name) > 5 and name in own for name in outlet)


def _sensible(canonical: str | None, url: str) -> str | None:
    """Return a canonical address that can be the article's: no home, section or error page, and no developer's machine."""
    if canonical is None:
        return None
    try:
        told, own = urlsplit(canonical_url(canonical)), urlsplit(canonical_url(url))
    except ValueError:
        return None
    if _is_local(told.hostname or "") and told.hostname != own.hostname:
        return None
    steps, own_steps = _steps(told.path), _steps(own.path)
    if _UNFILLED.search(canonical) or (steps and _NO_ARTICLE.fullmatch(steps[-1]) and steps != own_steps):
        return None
    if not own_steps or told.query or steps == own_steps:
        return canonical
    if steps and _INDEX.fullmatch(steps[-1]):
        steps.pop()
    if not steps:
        return None
    is_section = (
        len(steps) < len(own_steps) and own_steps[: len(steps)] == steps and not re.search(r"\d|-", steps[-1])
    )
    return None if is_section else canonical


def _without_fragment(address: str | None) -> str | None:
    """Return an address without the place on its page that it names; "#!" is a page's own."""
    return address if address is None or "#!" in address else address.partition("#")[0]


def _steps(path: str) -> list[str]:
    return [step for step in path.lower().split("/") if step]


def _is_local(host: str) -> bool:
    return "." not in host or host.endswith(_LOCAL) or _ADDRESS.fullmatch(host) is not None
