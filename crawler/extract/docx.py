"""Word documents (DOCX) as articles: their paragraphs, tables in between, what the file says of itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from crawler.errors import ExtractionError
from crawler.extract.authors import clean_authors
from crawler.extract.language import detect_language, language_of_title
from crawler.extract.pdf import NO_TEXT
from crawler.text.dates import believable
from crawler.text.html_text import clean
from crawler.values import LONGEST_TITLE, ExtractedPage

LARGEST = 100 * 2**20
"""Bytes that a document may be unpacked."""


def is_docx(body: bytes) -> bool:
    """Return whether a document is a DOCX, whatever its host calls it."""
    return body.startswith(b"PK\x03\x04") and b"word/" in body[:4_000] + body[-20_000:]


def extract_docx(body: bytes, *, url: str, now: datetime | None = None) -> ExtractedPage:
    """Return the article in a Word document. Raises `ExtractionError` for one that is broken."""
    from docx import Document  # here: only where such documents are read

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                raise ExtractionError(f"{url}: this document holds more than {LARGEST // 2**20} MB unpacked")
        document = Document(io.BytesIO(body))
        blocks = [(each.style.name if each.style else "", clean(each.text)) for each in _paragraphs(document)]
        facts = document.core_properties
    except ExtractionError:
        raise
    except Exception as error:  # python-docx raises anything on files that are broken
        raise ExtractionError(
            f"{url}: this document can't be read: {type(error).__name__}: {error}"
        ) from error
    blocks = [(style, text) for style, text in blocks if text]
    heading = next((text for style, text in blocks if style.startswith(("Title", "Heading"))), None)
    title = heading or clean(facts.title or "") or (blocks[0][1] if blocks else "")
    paragraphs = [text for _style, text in blocks if text != title]
    text = "\n".join(paragraphs)
    language = detect_language(title, text)
    written = facts.created or facts.modified
    published = None if written is None else written.replace(tzinfo=written.tzinfo or UTC)
    return ExtractedPage(
        url=url,
        title=title[:LONGEST_TITLE],
        text=text,
        lead=paragraphs[0] if paragraphs else "",
        authors=clean_authors([facts.author]) if facts.author else (),
        published=published if now is None else believable(published, now=now),
        language=language,
        title_language=language_of_title(title, language),
        kind="document",
        problem=None if text else NO_TEXT,
        sources={"title": "docx", "text": "docx"},
    )


def _paragraphs(document: Any) -> Iterator[Any]:  # noqa: ANN401  (python-docx ships no types)
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield block
