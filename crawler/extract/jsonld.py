"""JSON-LD (schema.org): the page's own machine-readable word, as broken as it is found in the wild."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import lxml.html
from typing_extensions import override

from crawler.extract.authors import clean_authors, clean_organisations
from crawler.extract.base import Extractor, Page
from crawler.extract.credits import clean_credit, split_caption
from crawler.extract.facts import Facts
from crawler.extract.moments import date_reader
from crawler.text.dates import DateReader
from crawler.text.html_text import clean, html_to_line, html_to_text
from crawler.urls import canonical_url, resolve

_ARTICLE = re.compile(r"(Article|BlogPosting|LiveBlogPosting|NewsArticle|Report|Review)$")
_ORGANISATION = re.compile(r"Organization$|^Corporation$")
_OTHER = {"VideoObject": "video", "ImageGallery": "gallery", "MediaGallery": "gallery"}
_VALUE = re.compile(r"\{|(?<!CDATA)\[(?=\s*[\[{])")
_DECODER = json.JSONDecoder(strict=False)
_BAD_ESCAPE = re.compile(r"\\(?=[^\"\\/bfnrtu])")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_BARE_QUOTE = re.compile(r"(?<![\\{\[:,\s])\"(?!\s*[:,}\]])|(?<=\s)\"(?=\w[^\":,{}\[\]]*\"\s+\w)")
"""A quotation mark within a string that should have been escaped: no sign of JSON stands beside it."""
_PUSHED = re.compile(r'"children"\s*:\s*("(?:[^"\\]|\\.)*")')
"""Scripts that Next adds later: {"type": "application/ld+json", "children": "…"}."""
_TAG = re.compile(r"</?(?:p|br|div|h\d)\b[^>]*>", re.IGNORECASE)
_DEPTH = 6

Block = dict[str, Any]


def read(page: lxml.html.HtmlElement, *, url: str, home: str = "") -> Facts:
    """Return what the article's block says; of several, that that names this page, the one with the longest text, the first."""
    everything = [block for source in _scripts(page) for block in _blocks(source, _DEPTH)]
    read_date = date_reader(page, url=url, home=home)
    articles = [block for block in everything if _kind_of(block, _ARTICLE)]
    articles = articles or [
        block for block in everything if block.get("headline") and block.get("datePublished")
    ]
    if not articles:
        return _without_article(everything, url, read_date)
    block = max(
        articles,
        key=lambda item: (
            _is_about(item, url),
            len(_text(item.get("articleBody"))),
            bool(item.get("headline")),
            bool(item.get("author")),
        ),
    )
    by_id = {str(item["@id"]): item for item in everything if "@id" in item and len(item) > 1}
    images = [_followed(image, by_id) for image in _listed(block.get("image"))]
    return Facts(
        title=_line(block.get("headline") or block.get("name")),
        text=_updates(block) or _body(block) or None,
        lead=_line(block.get("description")),
        authors=_authors(block, by_id),
        published=_date(block.get("datePublished") or block.get("dateCreated"), read_date),
        modified=_date(block.get("dateModified"), read_date),
        language=_language(block.get("inLanguage")),
        canonical_url=_address(block, url),
        site_name=next(iter(_names(_followed(block.get("publisher"), by_id))), None),
        section=_line(next(iter(_listed(block.get("articleSection"))), None)),
        image=next(filter(None, (_image(image, url) for image in images)), None),
        photo_credit=next(filter(None, map(_credit, [*images, *_images_among(everything)])), None),
        photo_caption=next(
            (_line(image.get("caption")) for image in images if isinstance(image, dict)), None
        ),
        paywalled=_paywalled(block),
        kind="live" if _kind_of(block, re.compile("LiveBlogPosting$")) else None,
    )


def _body(block: Block) -> str:
    """Return the article's text; some escape its HTML twice."""
    text = html_to_text(_text(block.get("articleBody") or block.get("text")))
    return html_to_text(text) if _TAG.search(text) else text


def _without_article(everything: list[Block], url: str, read_date: DateReader) -> Facts:
    """A page of a video or of pictures, or one whose blocks only tell whose it is."""
    for block in everything:
        kind = next((_OTHER[name] for name in _types(block) if name in _OTHER), None)
        if kind is not None:
            return Facts(
                title=_line(block.get("name") or block.get("headline")),
                lead=_line(block.get("description")),
                published=_date(block.get("uploadDate") or block.get("datePublished"), read_date),
                language=_language(block.get("inLanguage")),
                image=_image(block.get("thumbnailUrl") or block.get("image"), url),
                kind=kind,
            )
    for block in everything:
        if "WebPage" in _types(block):
            return Facts(
                published=_date(block.get("datePublished"), read_date),
                modified=_date(block.get("dateModified"), read_date),
                language=_language(block.get("inLanguage")),
            )
    return Facts()


def _scripts(page: lxml.html.HtmlElement) -> Iterator[Any]:
    for script in page.iter("script"):
        source = script.text or ""
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            yield from _read_script(source)
        elif "__next_s" in source and "application/ld+json" in source:
            for pushed in _PUSHED.findall(source):
                yield from _read_script(json.loads(pushed, strict=False))


def _read_script(source: str) -> list[Any]:
    repaired = _BAD_ESCAPE.sub("", _TRAILING_COMMA.sub(r"\1", source))
    return _values(source) or _values(repaired) or _values(_BARE_QUOTE.sub(r"\"", repaired))


def _values(source: str) -> list[Any]:
    """Return the JSON values in a script, whatever stands around them: comments, CDATA, an assignment, another value."""
    found = []
    start = _VALUE.search(source)
    while start is not None:
        try:
            value, end = _DECODER.raw_decode(source, start.start())
        except (ValueError, RecursionError):
            break
        found.append(value)
        start = _VALUE.search(source, end)
    return found


def _blocks(value: Any, depth: int) -> Iterator[Block]:  # noqa: ANN401  (anything may stand in JSON)
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _blocks(value.get(key), depth - 1)


def _types(block: Block) -> list[str]:
    return [kind.rpartition("/")[2] for kind in _listed(block.get("@type")) if isinstance(kind, str)]


def _kind_of(block: Block, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(kind) for kind in _types(block))


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    return value if isinstance(value, list) else [] if value is None else [value]


def _followed(value: Any, by_id: dict[str, Block]) -> Any:  # noqa: ANN401
    """Return what a bare reference {"@id": …} stands for."""
    if isinstance(value, dict) and "@id" in value and "name" not in value and "url" not in value:
        return by_id.get(str(value["@id"]), value)
    return value


def _authors(block: Block, by_id: dict[str, Block]) -> tuple[str, ...]:
    found: list[str] = []
    for value in _listed(block.get("author") or block.get("creator")):
        author = _followed(value, by_id)
        is_organisation = isinstance(author, dict) and _kind_of(author, _ORGANISATION)
        found += clean_organisations(_names(author)) if is_organisation else clean_authors(_names(author))
    return tuple(dict.fromkeys(found))


def _names(value: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, str):
        return [html_to_text(value) if "&" in value else value]
    if isinstance(value, dict):
        whole = " ".join(str(value.get(key) or "") for key in ("givenName", "additionalName", "familyName"))
        return _names(value.get("name") or clean(whole) or value.get("@list"))
    if isinstance(value, list):
        return [name for item in value for name in _names(item)]
    return []


def _image(value: Any, url: str) -> str | None:  # noqa: ANN401
    if isinstance(value, list):
        return next((found for item in value if (found := _image(item, url)) is not None), None)
    if isinstance(value, dict):
        return _image(value.get("url") or value.get("contentUrl"), url)
    return resolve(url, value) if isinstance(value, str) else None


def _credit(value: Any) -> str | None:  # noqa: ANN401
    if not isinstance(value, dict):
        return None
    for key in ("creditText", "copyrightHolder", "copyrightNotice", "author", "creator", "credit"):
        if name := next(iter(_names(value.get(key))), None):
            return clean_credit(name)
    return split_caption(_line(value.get("caption")) or "")[1]


def _language(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    return _line(value)


def _address(block: Block, url: str) -> str | None:
    page = block.get("mainEntityOfPage")
    if isinstance(page, dict):
        page = page.get("@id") or page.get("url")
    told = page if isinstance(page, str) and "/" in page else block.get("url")
    return resolve(url, told) if isinstance(told, str) else None


def _paywalled(block: Block) -> bool | None:
    told = [block.get("isAccessibleForFree")]
    told += [
        part.get("isAccessibleForFree") for part in _listed(block.get("hasPart")) if isinstance(part, dict)
    ]
    words = {str(value).lower().rpartition("/")[2] for value in told if value is not None}
    return True if "false" in words else False if "true" in words else None


def _is_about(block: Block, url: str) -> bool:
    """Return whether a block says that it is about the page at `url`: others may be of articles that the page leads to."""
    address = _address(block, url)
    try:
        return address is not None and canonical_url(address) == canonical_url(url)
    except ValueError:
        return False


def _images_among(blocks: list[Block]) -> list[Block]:
    """The pictures that stand for themselves, but for logos and portraits: those that say whose they are, or what they show."""
    told = ("creditText", "copyrightHolder", "copyrightNotice")
    return [block for block in blocks if "ImageObject" in _types(block) and any(map(block.get, told))]


def _updates(block: Block) -> str | None:
    """Return the text of a live blog: each update's headline and body, newest first as they are listed."""
    lines: list[str] = []
    for update in _listed(block.get("liveBlogUpdate")):
        if isinstance(update, dict):
            headline, body = _line(update.get("headline")), html_to_text(_text(update.get("articleBody")))
            lines += [part for part in (headline, body) if part and part not in lines[-1:]]
    return "\n".join(lines) or None


def _date(value: Any, read_date: DateReader) -> datetime | None:  # noqa: ANN401
    value = value[0] if isinstance(value, list) and value else value
    return read_date(str(value)) if isinstance(value, str | int) else None


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return "\n".join(_text(item) for item in value)
    return value if isinstance(value, str) else ""


def _line(value: Any) -> str | None:  # noqa: ANN401
    return html_to_line(_text(value)) or None


class JsonLd(Extractor):
    """The article's block of schema.org."""

    name = "json-ld"
    doc = "schema.org blocks in application/ld+json scripts"
    rank = 30

    @override
    def read(self, page: Page, known: frozenset[str]) -> Facts:
        return read(page.tree, url=page.url, home=page.home)
