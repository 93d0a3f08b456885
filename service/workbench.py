"""The workbench: one stage on files or standard input, without database or network. docs/architecture.md gives the formats.

Each stage is imported when it is asked for: a second goes by else before the first answer.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.errors import CrawlerError

if TYPE_CHECKING:
    from alerts.matching import Matcher
    from crawler.values import Entry

Item = dict[str, Any]
Stage = Callable[[Item], Item]


class ItemError(Exception):
    """An item that can't be worked on; the message says why."""


def try_feed(item: Item) -> Item:
    """Return what a feed document says."""
    from crawler.sources.documents import parse_feed

    feed = parse_feed(_body(item), url=_text(item, "url", ""), content_type=_optional(item, "content_type"))
    return {
        "kind": feed.kind,
        "title": feed.title,
        "language": feed.language,
        "entries": [_entry(entry) for entry in feed.entries],
    }


def try_page(item: Item) -> Item:
    """Return the article on a page."""
    from crawler.extract import extract_page

    page = extract_page(
        _body(item),
        url=_text(item, "url", ""),
        content_type=_optional(item, "content_type"),
        now=datetime.now(UTC),
    )
    return {
        "url": page.url,
        "title": page.title,
        "text": page.text,
        "lead": page.lead,
        "authors": list(page.authors),
        "published": _time(page.published),
        "modified": _time(page.modified),
        "language": page.language,
        "title_language": page.title_language,
        "canonical_url": page.canonical_url,
        "site_name": page.site_name,
        "section": page.section,
        "image": page.image,
        "photo_credit": page.photo_credit,
        "photo_caption": page.photo_caption,
        "paywalled": page.paywalled,
        "kind": page.kind,
        "problem": page.problem,
        "sources": page.sources,
    }


def page_stage() -> Stage:
    """Return the stage that extracts articles. What it needs is loaded by two threads: the first answer comes sooner."""
    from crawler.extract.language import load_model

    loading = Thread(target=load_model)
    loading.start()
    import_module("crawler.extract.page")
    loading.join()
    return try_page


def match_stage(matcher: Matcher) -> Stage:
    """Return the stage that matches articles against watch lists."""
    from alerts.values import FIELDS, Document

    def try_match(item: Item) -> Item:
        document = Document(
            title=_text(item, "title", ""),
            text=_text(item, "text"),
            language=_optional(item, "language"),
            url=_optional(item, "url"),
            outlet=_optional(item, "outlet"),
            **{name: _text(item, name, "") for name in FIELDS if name not in ("title", "text")},
        )
        mentions = []
        for mention in matcher.match(document):
            fields = mention._asdict()
            named = {kind: fields[kind] for kind in ("actor", "topic") if fields[kind] is not None}
            place = {key: fields[key] for key in ("field", "start", "end", "surface")}
            mentions.append({"watch": mention.watch, **named, **place})
        return {"mentions": mentions}

    return try_match


def run_stories(lines: Iterable[str | bytes]) -> Iterator[Item]:
    """Group the articles of all lines into stories, one after another, as the service does; return one answer a line, in order.

    A story that was found to be one with another has that one's id in all answers. Articles leave no window here: the order of a
    file says nothing of when they came. What is compared is what they say of their time: `published`, in any order.
    """
    stories = _Stories()
    for answer in list(run_lines(stories.take, lines)):
        if "story" in answer:
            answer["story"] = stories.story_of(answer["story"])
        yield answer


class _Stories:
    """Finds the stories of articles, one after another; which they are is known once all is read."""

    def __init__(self) -> None:
        from alerts.stories import StoryGrouper
        from alerts.stories.frames import OutletFrames

        self._grouper = StoryGrouper()
        self._frames = OutletFrames[str]()
        self._ids: dict[int, str | int] = {}
        self._by_url: dict[str, tuple[int, int | None]] = {}
        self._versions: dict[int, int] = {}
        """By the number of a version, that of the next."""

    def take(self, item: Item) -> Item:
        """Take in an article; its `story` is the article's own number for now."""
        from alerts.stories import read_traces
        from crawler.urls import canonical_url

        identity = item.get("id")
        if not isinstance(identity, str | int):
            raise ItemError(
                "id is missing: each article needs one, since stories are named by their first article"
            )
        url = _optional(item, "url")
        try:
            key = canonical_url(url) if url else None
        except ValueError:
            key = None
        host = urlsplit(key).netloc if key else None
        told = _text(item, "title", ""), _text(item, "text")
        bare = self._frames.without(host, *told) if host else None
        traces = read_traces(*told, bare=bare)
        number, exact = self._by_url.get(key or "", (None, None))
        story = None if number is None else self._grouper.story_of(number)
        if number is not None and story is not None and exact is not None and exact == traces.exact:
            return {"story": number, "kind": "copy"}
        decision, _kept = self._grouper.decide(
            traces,
            at=_moment(item),
            host=host,
            story=story,
            replaces=number,
        )
        self._ids[decision.number] = identity
        if key:
            self._by_url[key] = (decision.number, traces.exact)
        if number is not None:
            self._versions[number] = decision.number
        return {"story": decision.number, "kind": decision.kind}

    def story_of(self, number: int) -> str | int:
        """Return the id of the first article of the story that an article is in."""
        while number in self._versions:
            number = self._versions[number]
        story = self._grouper.story_of(number)
        if story in self._ids:
            return self._ids[story]
        return self._ids[min(one for one in self._ids if self._grouper.story_of(one) == story)]


def run_lines(stage: Stage, lines: Iterable[str | bytes]) -> Iterator[Item]:
    """Return one answer a line, in order; one that fails says so while the rest go on. Empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item: Any = None
        try:
            item = json.loads(line)
            if not isinstance(item, dict):
                raise ItemError("not a JSON object")
            yield {"id": item.get("id"), **stage(item)}
        except (ItemError, CrawlerError) as error:
            yield {"id": item.get("id") if isinstance(item, dict) else None, "error": str(error)}
        except (ValueError, RecursionError) as error:
            yield {"id": None, "error": f"line {number} is not valid JSON: {error}"}


def _entry(entry: Entry) -> Item:
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "author": entry.author,
        "published": _time(entry.published),
        "categories": list(entry.categories),
    }


def _body(item: Item) -> bytes:
    try:
        return base64.b64decode(_text(item, "body_base64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ItemError(f"body_base64 is not valid base64: {error}") from error


def _text(item: Item, key: str, default: str | None = None) -> str:
    value = item.get(key)
    if value is None:
        if default is not None:
            return default
        raise ItemError(f"{key} is missing")
    if not isinstance(value, str):
        raise ItemError(f"{key} must be a text, not {type(value).__name__}")
    return value


def _optional(item: Item, key: str) -> str | None:
    return None if item.get(key) is None else _text(item, key)


def _moment(item: Item) -> datetime | None:
    """Return when an article was published; without a zone it is taken for UTC."""
    text = _optional(item, "published")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ItemError(f"published is no ISO 8601 time: {text!r}") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
