"""PDF documents as articles: paragraphs in reading order, title, author, date. Layout is `pdfminer.six`'s; a scan has no text."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from crawler.errors import ExtractionError
from crawler.extract.authors import clean_authors
from crawler.extract.language import detect_language, language_of_title
from crawler.extract.visual import as_read
from crawler.text.dates import believable, parse_date
from crawler.text.day_order import month_first
from crawler.text.html_text import clean
from crawler.values import LONGEST_TITLE, ExtractedPage

MOST_PAGES = 200
NO_TEXT = "no text layer"
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|página|pagina|صفحة|стр\.?)?\s*[-–]?\s*\d{1,4}\s*(?:[/|]|of|sur|de|von|из|من)?\s*\d{0,4}\s*[-–]?",
    re.I,
)
_PRINTED_AT = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},?\s+\d{1,2}[:.]\d{2}(?:\s*[AP]M)?", re.I)
"""What browsers print at the head of a page."""
_ADDRESS = re.compile(r"(?:https?|file)://\S+|www\.\S+|\S+@\S+")
_NO_TITLE = re.compile(
    r"untitled|microsoft word|document\d*|powerpoint|\.(?:docx?|odt|pdf|indd|qxd|pages|rtf)$|^\d+$|^[\w-]+\.\w{2,4}$",
    re.I,
)
_HEADING = 1.15
"""A title's letters are so many times as large as the text's."""
_SEARCHED = 12
"""Lines in which the date of a release stands."""
_BODY_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    size: float
    """Of its letters, in points."""
    page: int


def is_pdf(body: bytes) -> bool:
    """Return whether a document is a PDF, whatever its host calls it."""
    return body[:1024].lstrip().startswith(b"%PDF-")


def extract_pdf(body: bytes, *, url: str, now: datetime | None = None, home: str = "") -> ExtractedPage:
    """Return the article in a PDF. Raises `ExtractionError` for one that is broken or asks for a password."""
    facts, blocks = _read(body, url)
    blocks = _without_margins(blocks)
    if not blocks:
        return ExtractedPage(url, _named(facts), "", kind="document", problem=NO_TEXT)
    title, blocks = _title(blocks, _named(facts))
    paragraphs = [block.text for block in blocks]
    text = "\n".join(paragraphs)
    language = detect_language(title, text)
    published = _date(paragraphs, language or "", url, home) or _moment(facts.get("CreationDate"))
    if now is not None:
        published = believable(published, now=now)
    return ExtractedPage(
        url=url,
        title=title[:LONGEST_TITLE],
        text=text,
        lead=paragraphs[0] if paragraphs else "",
        authors=clean_authors([facts["Author"]]) if facts.get("Author") else (),
        published=published,
        language=language,
        title_language=language_of_title(title, language),
        kind="document",
        sources={"title": "pdf", "text": "pdf"},
    )


def _read(body: bytes, url: str) -> tuple[dict[str, str], list[_Block]]:
    """Return what the file says of itself, and its blocks of text in reading order."""
    from pdfminer.pdfdocument import PDFPasswordIncorrect  # here: only where PDFs are read
    from pdfminer.pdfparser import PDFParser

    from crawler.extract.pdf_pages import ResolvedDocument, read_pages

    try:
        document = ResolvedDocument(PDFParser(io.BytesIO(body)))
        facts = {name: _text(value) for entry in document.info for name, value in entry.items()}
        pages = read_pages(document, MOST_PAGES)
        blocks = [block for number, page in enumerate(pages) for block in _blocks(page, number)]
    except PDFPasswordIncorrect as error:
        raise ExtractionError(f"{url}: this PDF asks for a password") from error
    except RecursionError as error:
        raise ExtractionError(f"{url}: this PDF can't be read: it is nested too deep") from error
    except Exception as error:  # pdfminer raises anything on files that are broken
        raise ExtractionError(f"{url}: this PDF can't be read: {type(error).__name__}: {error}") from error
    return facts, blocks


def _text(value: object) -> str:
    from pdfminer.utils import decode_text

    return clean(decode_text(value)) if isinstance(value, bytes) else clean(str(value))


def _blocks(page: Any, number: int) -> Iterator[_Block]:  # noqa: ANN401  (pdfminer's layout stops here)
    from pdfminer.layout import LTChar, LTTextBox, LTTextLine

    for box in page:
        if not isinstance(box, LTTextBox):
            continue
        lines = [line for line in box if isinstance(line, LTTextLine)]
        sizes = [char.size for line in lines for char in line if isinstance(char, LTChar)]
        text = _joined([as_read(clean(line.get_text())) for line in lines])
        if text:
            yield _Block(text, median(sizes) if sizes else 0.0, number)


def _joined(lines: Sequence[str]) -> str:
    """Return the lines of a paragraph as one: a word that a hyphen parts at a line's end is one word."""
    text = ""
    for line in filter(None, lines):
        is_parted = _BODY_HYPHEN.search(text) is not None and line[0].islower()
        text = text[:-1] + line if is_parted else f"{text} {line}".strip()
    return text


def _without_margins(blocks: Sequence[_Block]) -> list[_Block]:
    """Leave out page numbers, addresses that stand alone, and what every other page has again at its head or foot."""
    pages = len({block.page for block in blocks})
    times = Counter(re.sub(r"\d+", "#", block.text) for block in blocks)
    return [
        block
        for block in blocks
        if not _PAGE_NUMBER.fullmatch(block.text)
        and not _ADDRESS.fullmatch(block.text)
        and not _PRINTED_AT.fullmatch(block.text)
        and not (pages > 1 and len(block.text) < 200 and times[re.sub(r"\d+", "#", block.text)] > pages / 2)
    ]


def _title(blocks: Sequence[_Block], named: str) -> tuple[str, list[_Block]]:
    """Return the title, and the blocks without it: the largest letters of the first page, else what the file says."""
    usual = median(block.size for block in blocks)
    first = [block for block in blocks if block.page == blocks[0].page]
    largest = max(first, key=lambda block: block.size)
    if largest.size >= _HEADING * usual and 8 <= len(largest.text) <= 300:
        return largest.text, [block for block in blocks if block is not largest]
    if named:
        return named, [block for block in blocks if block.text != named]
    line = next((block for block in first if len(block.text) >= 15), blocks[0])
    if len(line.text) <= 200:
        return line.text, [block for block in blocks if block is not line]
    return line.text[:200].rsplit(" ", 1)[0] + "…", list(blocks)


def _named(facts: dict[str, str]) -> str:
    title = facts.get("Title", "")
    return "" if len(title) < 8 or _NO_TITLE.search(title) else title


def _date(paragraphs: Sequence[str], language: str, url: str, home: str) -> datetime | None:
    """Return the first full date in the first lines."""
    first = month_first(language, url, home=home)
    for line in paragraphs[:_SEARCHED]:
        words = line.split()[:60]
        for size in (4, 3, 5, 2, 1):
            for start in range(len(words) - size + 1):
                part = " ".join(words[start : start + size]).strip(" ,.;:()–—-،")
                if any(map(str.isdigit, part)) and (
                    moment := parse_date(part, month_first=first, language=language or None)
                ):
                    return moment
    return None


def _moment(text: str | None) -> datetime | None:
    """Return the moment of a PDF's own date: D:20260302140500+01'00'."""
    match = re.match(r"(?:D:)?(\d{14})(?:Z|([+-]\d\d)'?(\d\d)?)?", text or "")
    if match is None:
        return None
    return parse_date(f"{match[1][:8]}T{match[1][8:]}{match[2] or '+00'}{match[3] or '00'}")
