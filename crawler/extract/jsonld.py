"""JSON-LD (schema.org): the page's own machine-readable word, as broken as it is found in the wild."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import lxml.html

from crawler.extract.authors import clean_authors
from crawler.extract.facts import Facts
from crawler.feeds.dates import parse_date
from crawler.feeds.text import clean, html_to_text
from crawler.urls import resolve

_ARTICLE = re.compile(r"(Article|BlogPosting|LiveBlogPosting|NewsArticle|Report|Review)$")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_DEPTH = 6


def read(page: lxml.html.HtmlElement, *, url: str) -> Facts:
    """Gives what the article's block says; of several, the one with the longest text, else the first."""
    blocks = [block for source in _scripts(page) for block in _blocks(source, _DEPTH) if _is_article(block)]
    if not blocks:
        return Facts()
    block = max(blocks, key=lambda item: len(_text(item.get("articleBody"))) + bool(item.get("headline")))
    body = block.get("articleBody")
    return Facts(
        title=_line(block.get("headline") or block.get("name")),
        text=html_to_text(_text(body)) or None,
        lead=_line(block.get("description")),
        authors=clean_authors(_names(block.get("author"))),
        published=_date(block.get("datePublished") or block.get("dateCreated")),
        modified=_date(block.get("dateModified")),
        language=_line(block.get("inLanguage")),
        site_name=next(iter(_names(block.get("publisher"))), None),
        image=_image(block.get("image"), url),
        photo_credit=_credit(block.get("image")),
        paywalled={"false": True, "true": False}.get(str(block.get("isAccessibleForFree")).lower()),
    )


def _scripts(page: lxml.html.HtmlElement) -> Iterator[Any]:
    for script in page.iterfind(".//script[@type]"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        source = _WRAPPING.sub("", script.text or "")
        for attempt in (source, _TRAILING_COMMA.sub(r"\1", source)):
            try:
                yield json.loads(attempt, strict=False)
                break
            except (ValueError, RecursionError):
                continue


def _blocks(value: Any, depth: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (anything may stand in JSON)
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _blocks(value.get(key), depth - 1)


def _is_article(block: dict[str, Any]) -> bool:
    kinds = block.get("@type")
    return any(
        isinstance(kind, str) and _ARTICLE.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _names(value: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return _names(value.get("name"))
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
    if isinstance(value, list):
        return next((found for item in value if (found := _credit(item)) is not None), None)
    if not isinstance(value, dict):
        return None
    holder = (
        value.get("creditText")
        or value.get("copyrightHolder")
        or value.get("copyrightNotice")
        or value.get("creator")
    )
    return _line(next(iter(_names(holder)), None))


def _date(value: Any) -> datetime | None:  # noqa: ANN401
    return parse_date(value) if isinstance(value, str) else None


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return "\n".join(_text(item) for item in value)
    return value if isinstance(value, str) else ""


def _line(value: Any) -> str | None:  # noqa: ANN401
    return clean(html_to_text(_text(value))) or None
