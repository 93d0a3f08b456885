"""What is fuzzed: bytes from outside go in, only the errors that are documented come out, and what is made keeps its laws."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from alerts.errors import QueryError
from alerts.matching import compile_matcher
from alerts.query import format_query, parse
from alerts.text import fold, fold_words, sentence_around
from alerts.values import Document, Topic, WatchList
from crawler.errors import ExtractionError, FeedError
from crawler.poll.identity import prepare
from crawler.sources.base import SourceDocument, source_of
from crawler.sources.mail.letters import Letter, LetterBatch, MailMarker
from crawler.sources.opml import OpmlError, format_opml, parse_opml
from crawler.text.html_text import clean, html_to_text
from crawler.urls import canonical_url
from crawler.worker import FetchedDocument, read_document, read_page
from service.settings import SettingsError, load_settings
from service.troubles import trouble_words
from storage.boilerplate import find_boilerplate

URL = "https://gazette.example/news/1"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FEED_TYPES = (
    None,
    "application/rss+xml; charset=utf-8",
    "application/json",
    "text/html",
    "text/xml; charset=utf-16",
)
SEEDS = Path(__file__).parent / "seeds"
_UNSTORABLE = {"\x00", *map(chr, range(0xD800, 0xE000))}


@dataclass(frozen=True, slots=True)
class Target:
    """`run` raises where a law is broken; `words` are what mutations put into the seeds (seeds/, by target)."""

    name: str
    run: Callable[[bytes], None]
    words: tuple[bytes, ...]

    @property
    def seeds(self) -> tuple[bytes, ...]:
        """Good inputs, with which mutations begin."""
        return tuple(file.read_bytes() for file in sorted((SEEDS / self.name).iterdir()))


def hold(law: bool, *told: object) -> None:
    """Fails where a law does not hold."""
    assert law, told


def crosses(value: object) -> None:
    """Holds that a value comes back whole from a worker process."""
    hold(str(pickle.loads(pickle.dumps(value))) == str(value), value)


def storable(*texts: str | None) -> None:
    """Holds that a database takes what was read."""
    for text in texts:
        assert text is None or not _UNSTORABLE.intersection(text), repr(text)[:200]


def feed(data: bytes) -> None:
    """A feed is read, or is none. The type that the host says follows from the length."""
    content_type = FEED_TYPES[len(data) % len(FEED_TYPES)]
    try:
        read = read_document(FetchedDocument(data, URL, content_type, URL))
    except FeedError as error:
        crosses(error)
        return
    storable(read.title, read.language, read.site, trouble_words(read.problem), read.self_url)
    crosses(read)
    again = read_document(FetchedDocument(data, URL, content_type, URL), read.seen)
    hold(replace(again, entries=()) == replace(read, entries=()), again.seen)
    hold(again.entries in ((), read.entries), again.entries)
    for entry in read.entries:
        storable(
            entry.guid,
            entry.url,
            entry.title,
            entry.summary,
            entry.author,
            entry.text,
            *entry.categories,
        )
        assert not entry.url or entry.url.startswith(("http://", "https://")), entry.url
        assert entry.published is None or entry.published.tzinfo is not None


def page(data: bytes) -> None:
    """A page is read, or is none."""
    try:
        read = read_page(data, URL, "text/html")
    except ExtractionError as error:
        crosses(error)
        return
    storable(
        read.title, read.text, read.lead, read.language, read.canonical_url, read.site_name, read.section
    )
    storable(read.photo_credit, read.photo_caption, read.image, read.next_page, *read.authors)
    assert "\r" not in read.text
    for address in (read.canonical_url, read.next_page):
        assert address is None or address.startswith(("http://", "https://")), address
    crosses(read)


def normal(data: bytes) -> None:
    """Folding points back into the text, sentences lie in it, HTML becomes text, addresses are their own keys."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    folded = fold(text)
    origin = folded.origin.tolist()
    assert all(before <= after for before, after in pairwise(origin))
    assert fold_words(text) == folded.text.strip(" ")
    for start, end in ((0, len(text)), (0, len(text) // 2)):
        if start < end:
            first, last = sentence_around(text, start, end)
            assert 0 <= first <= start
            assert end <= last <= len(text)
    for item in find_boilerplate(text):
        assert 0 <= item.start < item.end <= len(text)
    storable(clean(text), html_to_text(text))
    try:
        key = canonical_url(text)
    except ValueError:
        return
    assert canonical_url(key) == key


def query(data: bytes) -> None:
    """A query is refused with a place in it, or means the same when written anew, and can be matched."""
    asked, _separator, text = data.decode("utf-8", "replace").partition("\n\n")
    try:
        parsed = parse(asked)
    except QueryError as error:
        hold(0 <= error.position <= len(asked), error.position)
        return
    written = format_query(parsed.node)
    assert parse(written).node == parsed.node, written
    try:
        matcher = compile_matcher([WatchList("W", topics=(Topic("T", asked),))])
    except QueryError:  # it refers to what is not tracked
        return
    document = Document(text[:40], text or asked)
    for mention in matcher.match(document):
        field = document.title if mention.field == "title" else document.text
        hold(field[mention.start : mention.end] == mention.surface, mention)


def opml(data: bytes) -> None:
    """A list is refused, or read; and what is written of it is read the same."""
    try:
        listed = parse_opml(data)
    except OpmlError:
        return
    for outlet in listed.outlets:
        storable(outlet.name, outlet.site, outlet.language, *outlet.feeds, *outlet.tags)
        assert outlet.name
    again = parse_opml(format_opml(listed.outlets, title="All", created=NOON))
    assert (set(again.outlets), again.problems) == (set(listed.outlets), ()), (listed.outlets, again)


def settings(data: bytes) -> None:
    """Settings are good, or every mistake has words."""
    with tempfile.NamedTemporaryFile(
        suffix=".toml", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as file:
        file.write(data)
        file.flush()
        try:
            load_settings(Path(file.name))
        except SettingsError as error:
            hold(bool(error.problems) and all(item.where and item.message for item in error.problems), error)


def mail(data: bytes) -> None:
    """A message is read both ways, as an article and for its headlines; what can't be read is told."""
    source = source_of("mail")
    for keys in ({"to": "fuzz"}, {"to": "fuzz", "take": "headlines"}):
        settings = source.settings.model_validate(keys)
        batch = LetterBatch(MailMarker(1, 1), [Letter(1, NOON, data, len(data))])
        read = prepare(
            source.read(SourceDocument(batch.pack(), "mail:to fuzz", None, settings, now=NOON)), name="fuzz"
        )
        hold(bool(read.entries) or read.problem is not None, read)
        storable(read.title, read.home, trouble_words(read.problem))
        for entry in read.entries:
            storable(
                entry.guid,
                entry.url,
                entry.title,
                entry.summary,
                entry.author,
                entry.text,
                entry.canonical_url,
            )
            assert not entry.url or entry.url.startswith(("http://", "https://")), entry.url
            assert entry.guid
            assert entry.published is not None
        crosses(read)


LIST_KINDS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("list", "text/html", {"url": URL}),
    (
        "json",
        "application/json",
        {"url": URL, "items": "[*]", "link": "link", "title": "title.rendered", "date": "date_gmt"},
    ),
)


def listed(data: bytes) -> None:
    """A page with links, and a list in JSON, are read, or are none. Which of the two follows from the length."""
    kind, content_type, keys = LIST_KINDS[len(data) % len(LIST_KINDS)]
    fetched = FetchedDocument(data, URL, content_type, URL, kind, keys, now=NOON)
    try:
        read = read_document(fetched)
    except FeedError as error:
        crosses(error)
        return
    crosses(read)
    storable(read.title, read.language, read.site, trouble_words(read.problem))
    for entry in read.entries:
        storable(entry.guid, entry.url, entry.title, entry.summary, entry.author, entry.text)
        assert not entry.url or entry.url.startswith(("http://", "https://")), entry.url
    read_document(replace(fetched, state=read.state or {}), read.seen)


def document(data: bytes) -> None:
    """A PDF is read, or is none; so is what only says that it is one."""
    for content_type in ("application/pdf", "application/msword"):
        try:
            read = read_page(data, URL, content_type)
        except ExtractionError as error:
            crosses(error)
            continue
        storable(read.title, read.text, read.language, *read.authors)
        crosses(read)


_XML = (
    *(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<![CDATA[", b"]]>", b"&#0;", b"&#xD800;", b"&#x110000;", b"<!--"),
    *(b"xml:base=", b"encoding='utf-7'", b"\xff\xfe"),
)
_FEED = (
    b"<item>",
    b"<entry>",
    b"<link href='http://['/>",
    b"<pubDate>",
    b"GMT+25",
    b"null",
    b"1e999",
    b'"id":',
)
_PAGE = (b"<p>", b"<table>", b"<noscript>", b"<template>", b'"@graph":[', b'"author":', b"<svg>", b"http://[")
_TEXT = (
    *(
        "\u0301".encode(),
        b"\xed\xa0\x80",
        "\U0001d400".encode(),
        b"\x00",
        b"%",
        b"http://[",
        b"/../",
        b"&#0;",
    ),
    *(b"<html>", b"<frameset>"),
)
_QUERY = (
    *(b" NEAR/", b" ONEAR/", b" NOT ", b" OR ", b"(", b")", b'"', b"~", b"*", b"title:", b"min:", b"@list:"),
    *(b"=", b"\xd9\x80", b"\\", b"\n\n"),
)
_OPML = (b"<outline ", b'text="', b'xmlUrl="feed://', b"&nbsp;", b"</outline>", b'category="/a/b,c"')
_TOML = (
    *(b"[[watch]]\n", b"[crawler.x]\n", b"= []\n", b"= {}\n", b"= 1e999\n", b"= nan\n", b"= 1979-05-27\n"),
    *(b"'postgresql://'", b'"\\u0000"', b'""', b"= true\n"),
)
_MAIL = (
    *(
        b"\r\n\r\n",
        b"--b\r\n",
        b"Content-Type: multipart/alternative; boundary=b\r\n",
        b"=?utf-8?B?",
        b"=?x?Q?=FF?=",
    ),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=utf-7",
        b"filename*=x''%ff.pdf",
        b"%PDF-",
        b"<a href='http://[",
    ),
    *(b"From: a@[1.2.3.4]\r\n", b"Date: Mon, 99 Xxx 9999\r\n", b"\xff\xfe", b"&#xD800;"),
)
_LIST = (
    b"<li>",
    b"<a href='",
    b"<time datetime='",
    b"&#1;",
    b"<script>",
    b'"link":',
    b"null",
    b"[",
    b"1e999",
    b"\\u0000",
)
_PDF = (
    b"/Length ",
    b"/Kids [",
    b"0 R",
    b"stream\n",
    b"endstream",
    b"/Filter /FlateDecode",
    b"<<",
    b">>",
    b"xref",
    b"/Prev 9",
)
TARGETS = {
    target.name: target
    for target in (
        Target("feeds", feed, (*_XML, *_FEED)),
        Target("extraction", page, (*_XML, *_PAGE)),
        Target("normalising", normal, _TEXT),
        Target("queries", query, _QUERY),
        Target("opml", opml, (*_XML, *_OPML)),
        Target("settings", settings, _TOML),
        Target("mail", mail, _MAIL),
        Target("lists", listed, (*_PAGE, *_LIST)),
        Target("documents", document, _PDF),
    )
}
