"""Our entries against feedparser's, on every document of the real data; and the fast path against the arbiter."""

from __future__ import annotations

import gzip
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import feedparser
import pytest

from crawler.errors import FeedError
from crawler.sources.documents import parse_feed
from crawler.sources.documents.arbiter import arbitrate
from crawler.sources.documents.fast import parse_fast
from crawler.sources.documents.unsure import NotSureError
from crawler.text.charset import decode
from crawler.text.html_text import clean, html_to_text, resolved
from crawler.values import Entry

URL = "https://gazette.example/news/feed"
LARGE_BYTES = 100_000
"""Feedparser takes a second for a large feed: those are compared once, by the other test."""
EXPLAINED = Path(__file__).parent / "differences.toml"


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry as feedparser has it: its own fields, HTML as text."""

    guid: str
    link: str
    title: str
    published: datetime | None
    summary: str

    def differs(self, ours: Entry) -> Iterator[str]:
        """Return the fields that differ. What feedparser has none of, a guid, a title or an http link, may be ours to fill."""
        if self.guid and ours.guid != self.guid:
            yield "guid"
        if self.link.lower().startswith(("http://", "https://")) and ours.url != self.link:
            yield "link"
        if self.title and ours.title != clean(resolved(self.title)):  # without one, the first words stand in
            yield "title"
        if ours.published != self.published:
            yield "published"
        if ours.summary != clean(resolved(self.summary)):
            yield "summary"


def documents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted([*(folder / "real").rglob("*.gz"), *(folder / "cases").rglob("*.xml")]):
        body = file.read_bytes()
        body = gzip.decompress(body) if file.suffix == ".gz" else body
        if not body.startswith(b"{"):  # feedparser reads no JSON Feed
            yield file.relative_to(folder).as_posix(), body


def judge(body: bytes) -> list[Judged]:
    """What feedparser makes of a document, each entry once."""
    headers = {"content-type": "application/xml", "content-location": URL}
    document = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    found: dict[tuple[str, str] | int, Judged] = {}
    for number, entry in enumerate(document.entries):
        guid, link = entry.get("id") or "", entry.get("link") or ""
        copied = entry.content[0] if entry.get("content") else {}
        judged = Judged(
            guid,
            link,
            words(entry.get("title"), entry.get("title_detail", {})),
            date(entry),
            words(entry.get("summary"), entry.get("summary_detail", copied)),
        )
        found.setdefault((guid, link) if guid or link else number, judged)
    return list(found.values())


def words(value: str | None, detail: dict[str, str]) -> str:
    return clean(value or "") if detail.get("type") == "text/plain" else clean(html_to_text(value or ""))


def date(entry: dict[str, Any]) -> datetime | None:
    """The date; None for the year 1, which programs write that have no date (24 entries of three of the real feeds)."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        fields = dict.get(entry, key)
        if fields is not None and fields[0] > 1:
            year, month, day, hour, minute, second = fields[:6]
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_entries_are_feedparsers_or_the_difference_is_explained(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # feedparser guesses charsets by chardet where another package of the tests brings it; the service has none
    monkeypatch.setattr(feedparser.encodings, "lazy_chardet_encoding", None)
    explained = {
        path: set(group["fields"])
        for group in tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["differences"]
        for path in group["paths"]
    }
    differences: dict[str, set[str]] = {}
    entries = different = read = 0
    for path, body in documents(data / "feeds"):
        theirs = judge(body)
        try:
            ours = parse_feed(body, url=URL).entries
        except FeedError:
            ours = ()
        read += 1
        entries += len(theirs)
        if len(theirs) != len(ours):
            differences.setdefault(path, set()).add("count")
            different += abs(len(theirs) - len(ours))
            continue
        for judged, entry in zip(theirs, ours, strict=True):
            fields = set(judged.differs(entry))
            if fields:
                different += 1
                differences.setdefault(path, set()).update(fields)
    assert read > 4000
    assert differences == explained
    assert different / entries <= 0.005


@pytest.mark.thorough
def test_fast_path_gives_what_the_arbiter_gives(data: Path) -> None:
    fast = 0
    for path, body in documents(data / "feeds"):
        if len(body) > LARGE_BYTES:
            continue
        text = decode(body)
        try:
            feed = parse_fast(text.encode(errors="replace"), url=URL)
        except NotSureError:
            continue
        fast += 1
        judged = arbitrate(text, url=URL)
        assert (feed.problem is None) == (judged.problem is None), path
        assert replace(feed, problem=None) == replace(judged, problem=None), path
    assert fast > 1500


@pytest.mark.parametrize(
    "place", ["<title>x%sy</title>", "<title><![CDATA[x%sy]]></title>", "<link rel='x%sy'/>"]
)
def test_fast_path_refuses_what_is_not_utf8(place: str) -> None:
    """The bytes are not decoded before lxml reads them, so lxml must refuse all that Python would."""
    before, after = f"<rss><channel><item>{place}</item></channel></rss>".encode().split(b"%s")
    heads = [
        bytes(pair) for pair in product(range(0x80, 0x100), (0x20, 0x7F, 0x80, 0x8F, 0x90, 0xA0, 0xBF, 0xC0))
    ]
    invalid = 0
    for head, tail in product(heads, (b"", b"\x80", b"\xbf\x80", b"\xbf\xbf\xbf")):
        document = before + head + tail + after
        try:
            document.decode()
        except UnicodeDecodeError:
            invalid += 1
            with pytest.raises(NotSureError):
                parse_fast(document, url=URL)
    assert invalid > 3000


def test_feed_that_is_not_utf8_is_read_in_its_own_charset() -> None:
    item = "<item><title>Été</title></item>"
    body = f"<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel>{item}</channel></rss>"
    feed = parse_feed(body.encode("iso-8859-1"), url=URL)
    assert [entry.title for entry in feed.entries] == ["Été"]
