"""What people say of real pages, and when a reader agrees with them."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from crawler.extract.authors import clean_authors
from crawler.text.dates import parse_date
from crawler.text.html_text import html_to_text
from crawler.urls import canonical_url
from storage.codes import language_of_tag

SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Label:
    """A page, and what is known of it. What is missing is not measured."""

    name: str
    content: bytes
    url: str
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def shingle_scores(expected: str, found: str) -> tuple[float, float, float]:
    """Return precision, recall and F1 of two texts as bags of four words in a row (as the article extraction benchmark does)."""
    wanted, got = _shingles(expected), _shingles(found)
    common = (wanted & got).total()
    precision = common / got.total() if got.total() else 0.0
    recall = common / wanted.total() if wanted.total() else 0.0
    return precision, recall, 2 * common / ((wanted.total() + got.total()) or 1)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[place : place + SHINGLE]) for place in range(max(1, len(words) - SHINGLE + 1)))


def newspaper_labels(data: Path) -> list[Label]:
    """Return the newspaper4k pages that have metadata beside them."""
    folder = data / "pages" / "newspaper4k"
    labels = []
    for path in sorted((folder / "metadata").glob("*.json")):
        content = _read(folder / "html" / f"{path.stem}.html")
        facts = json.loads(path.read_text(encoding="utf-8"))
        text = folder / "txt" / f"{path.stem}.txt"
        if content is None:
            continue
        labels.append(
            Label(
                name=path.stem,
                content=content,
                url=facts.get("url") or "https://outlet.example/article",
                text=text.read_text(encoding="utf-8") if text.is_file() else "",
                facts={
                    "title": facts.get("title"),
                    "authors": facts.get("authors"),
                    "published": facts.get("publish_date"),
                    "language": facts.get("language"),
                    "canonical_url": facts.get("canonical_link"),
                    "site_name": facts.get("meta_site_name"),
                },
            )
        )
    return labels


def readability_labels(data: Path) -> list[Label]:
    """Return the readability pages."""
    labels = []
    for folder in sorted((data / "pages" / "readability").iterdir()):
        content, expected = _read(folder / "source.html"), _read(folder / "expected.html")
        if content is None:
            continue
        facts = json.loads((folder / "expected-metadata.json").read_text(encoding="utf-8"))
        byline = facts.get("byline")
        labels.append(
            Label(
                name=folder.name,
                content=content,
                url="https://outlet.example/article",
                text=html_to_text((expected or b"").decode("utf-8", errors="replace")),
                facts={
                    "title": facts.get("title"),
                    "authors": [byline] if byline else None,
                    "published": facts.get("publishedTime"),
                    "language": facts.get("lang"),
                    "site_name": facts.get("siteName"),
                },
            )
        )
    return labels


def _read(path: Path) -> bytes | None:
    """Return a file's bytes, unpacked if it is packed; None where it is missing."""
    if path.is_file():
        return path.read_bytes()
    packed = path.with_name(f"{path.name}.gz")
    return gzip.decompress(packed.read_bytes()) if packed.is_file() else None


def told_by(label: Label, name: str) -> Any:  # noqa: ANN401  (a label's value, as JSON had it)
    """Return the label of a field; None where there is none, so that it is not measured."""
    value = label.facts.get(name)
    return value if value not in (None, "", []) else None


def agrees(name: str, expected: Any, found: Any) -> bool:  # noqa: ANN401
    """Return whether what a reader found is what the label says, signs and the outlet's name in titles aside."""
    if found in (None, "", ()):
        return False
    if name == "authors":
        return _names(expected) == _names(found)
    if name == "published":
        return _day(expected) == _day(found)
    if name == "language":
        return language_of_tag(str(expected)) == language_of_tag(str(found))
    if name == "canonical_url":
        return _key(str(expected)) == _key(str(found))
    told, own = _letters(str(expected)), _letters(str(found))
    return told == own or (name == "title" and len(own) > 15 and (told.startswith(own) or told.endswith(own)))


def _names(names: Iterable[str]) -> set[str]:
    return {_letters(name) for name in clean_authors(names)}


def _day(value: Any) -> date | None:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.astimezone(UTC).date() if value.tzinfo else value.date()
    moment = parse_date(str(value).replace(".000000", ""))
    return None if moment is None else moment.date()


def _key(url: str) -> str:
    try:
        return canonical_url(url)
    except ValueError:
        return url


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
