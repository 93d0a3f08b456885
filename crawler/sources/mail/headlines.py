"""The headlines of a newsletter: each link that says something is an entry of its own. Pure.

Several links to one address (a picture, the title, "Read more") are one. The title is what the link says, else the heading beside
it; what else stands in its part of the mail, where no other headline does, is the summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.html

from crawler.sources.mail.markup import read_markup
from crawler.sources.mail.message import MailParts
from crawler.text.html_text import clean, html_to_text
from crawler.text.mail_frame import may_be_article
from crawler.unwrapping import is_sealed, unwrapped

MOST_HEADLINES = 100
LONGEST_SUMMARY = 600
_LONGEST_TITLE = 300
_MORE = re.compile(
    r"(?:read|see|learn|view|find out)\b.{0,20}\b(?:more|full|all|story|article|it)\b.*|more|continue(?: reading)?"
    r"|full (?:story|article|text)|(?:lire|voir) (?:la suite|plus|l.article)|en savoir plus|la suite"
    r"|(?:leer|ver|saber) más|seguir leyendo|mehr(?: lesen)?|weiterlesen|zum artikel"
    r"|leggi(?: (?:tutto|di più|l.articolo))?|continua(?: a leggere)?|(?:leia|saiba|ler) mais|lees (?:meer|verder)"
    r"|(?:читать|узнать)(?: далее| дальше| полностью| больше)?|подробнее|далее"
    r"|(?:اقرأ|قراءة|إقرأ) ?(?:المزيد|الخبر)?|المزيد|للمزيد"
    r"|devamı(?:nı oku)?|阅读全文|更多|続きを読む|もっと見る|자세히(?: 보기)?",
    re.IGNORECASE,
)
"""What a link says that stands below its headline."""
_ENDS = " .…»›>→[]()-–:،"
_TRACKS = re.compile(
    r"(?:[\w-]+\.)*(?:clicks?|links?|lnk|track(?:ing)?|trk|e?mail|e|t|r|go|url|ct|em|news(?:letters?)?)\d*(?:\.[\w-]+){2,}",
    re.IGNORECASE,
)
"""Hosts by which senders count who clicks."""
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{32,}")
_SLUG = re.compile(r"[^\W\d_]{2,}(?:[-_][^\W_]+){2,}")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b")
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailHeadline:
    """One headline: where it leads, what it says, and the words beside it."""

    url: str
    title: str
    summary: str = ""


def headlines(parts: MailParts) -> list[MailHeadline]:
    """Return the headlines of a message, in their order."""
    found: dict[str, MailHeadline] = {}
    for text in parts.texts:
        for each in _in_html(text.text) if text.is_html else _in_plain(text.text):
            found.setdefault(each.url, each)
    return list(found.values())[:MOST_HEADLINES]


def is_tracking(url: str) -> bool:
    """Return whether a link most likely tells its sender who clicked: its own server alone knows where it leads."""
    if is_sealed(url):
        return True
    host, _, rest = url.partition("://")[2].partition("/")
    if _SLUG.search(rest.partition("?")[0]):
        return False
    return _TRACKS.fullmatch(host) is not None or _OPAQUE.search(rest) is not None


def _in_html(text: str) -> Iterator[MailHeadline]:
    root = read_markup(text)
    if root is None:
        return
    links: dict[str, list[lxml.html.HtmlElement]] = {}
    for element in root.iter("a"):
        url = unwrapped(str(element.get("href") or "").strip())
        if may_be_article(url):
            links.setdefault(url, []).append(element)
    for url, elements in links.items():
        title = _title(elements)
        if title:
            block = _block_of(elements)
            yield MailHeadline(url, title, _summary(block, title))


def _title(elements: list[lxml.html.HtmlElement]) -> str:
    said = [words for element in elements if _says_something(words := _first_words(element))]
    if said:
        return max(said, key=len)
    block = _block_of(elements)
    beside = [] if block is None else [_words(each) for each in block.iter(*_HEADINGS)]
    return next(filter(_says_something, beside), "")


def _first_words(link: lxml.html.HtmlElement) -> str:
    """Return what a link says; of one around a headline and more, the headline."""
    words = _words(link)
    inside = [_words(each) for each in link.iter(*_HEADINGS) if each is not link]
    if len(words) > _LONGEST_TITLE or any(map(_says_something, inside)):
        lines = html_to_text(lxml.html.tostring(link, encoding="unicode", with_tail=False)).split("\n")
        return next(filter(_says_something, [*inside, *lines]), "")
    return words


def _words(element: lxml.html.HtmlElement) -> str:
    return clean(element.text_content()).strip(_ENDS)


def _says_something(words: str) -> bool:
    """Return whether words may be a headline: three of them, or as much in a script without spaces; not "Read more"."""
    if len(words) > _LONGEST_TITLE or _MORE.fullmatch(words.strip(_ENDS)):
        return False
    return len(words.split()) >= 3 or sum(char > "\u2e80" and char.isalpha() for char in words) >= 6


def _block_of(elements: list[lxml.html.HtmlElement]) -> lxml.html.HtmlElement | None:
    """Return the largest element around a headline's links in which no other headline stands."""
    own = {str(element.get("href") or "").strip() for element in elements}
    block = None
    for parent in elements[0].iterancestors():
        if parent.tag in ("body", "html"):
            break
        others = (str(each.get("href") or "").strip() for each in parent.iter("a"))
        if any(link not in own and may_be_article(unwrapped(link)) for link in others):
            break
        block = parent
    return block


def _summary(block: lxml.html.HtmlElement | None, title: str) -> str:
    if block is None:
        return ""
    lines = html_to_text(lxml.html.tostring(block, encoding="unicode", with_tail=False)).split("\n")
    said = (
        line.removeprefix(title).lstrip(_ENDS) for line in lines
    )  # a <br> between the two is no paragraph's end
    return " ".join(line for line in said if line and not _MORE.fullmatch(line.strip(_ENDS)))[
        :LONGEST_SUMMARY
    ]


def _in_plain(text: str) -> Iterator[MailHeadline]:
    """Yield headlines of plain text: each stands on the line of its link, or on the last one before."""
    before = ""
    for line in text.split("\n"):
        urls = [url.rstrip(".,;)>]") for url in _URL.findall(line)]
        words = clean(_URL.sub(" ", line)).strip(_ENDS)
        title = words if _says_something(words) else before
        if len(urls) == 1 and title and may_be_article(unwrapped(urls[0])):
            yield MailHeadline(unwrapped(urls[0]), title)
        before = words if _says_something(words) else "" if urls else before
