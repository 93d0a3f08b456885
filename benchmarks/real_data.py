"""Where the real pages and feeds stand that benchmarks measure on, and how they are read."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path


def data_folder() -> Path:
    """Return the folder that TOCSIN_DATA names, else ../shared/data. Ends the program, saying so, where there is none."""
    folder = Path(os.environ.get("TOCSIN_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        raise SystemExit(
            f"the real data is not at {folder}: set TOCSIN_DATA to the folder that holds pages/ and feeds/"
        )
    return folder


def news_pages(data: Path) -> Iterator[tuple[bytes, str]]:
    """Return the pages of news articles, each with its URL."""
    for content, url, _text in labelled_news_pages(data):
        yield content, url


def labelled_news_pages(data: Path) -> Iterator[tuple[bytes, str, str]]:
    """Return the pages of news articles, each with its URL and its text as people marked it."""
    folder = data / "pages" / "aeb"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    for name, item in truth.items():
        yield gzip.decompress((folder / f"{name}.html.gz").read_bytes()), item["url"], item["articleBody"]


def news_texts(data: Path) -> list[str]:
    """Return the texts of those articles, as people marked them, paragraphs parted by one newline."""
    truth = json.loads((data / "pages" / "aeb" / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        "\n".join(line for line in item["articleBody"].split("\n") if line.strip()) for item in truth.values()
    ]


def feed_bodies(data: Path) -> list[bytes]:
    """Return the feeds as their servers sent them."""
    return [gzip.decompress(file.read_bytes()) for file in sorted((data / "feeds" / "real").glob("*.gz"))]
