"""PDF and Word documents as articles."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from docx import Document

from crawler.errors import ExtractionError
from crawler.extract import extract_page
from crawler.extract.visual import as_read
from crawler.values import ExtractedPage

URL = "https://fisheries.example/press/release.pdf"
Line = tuple[int, int, int, str]
"""From the left, from the foot, the letters' size, the text."""
RELEASE: Sequence[Line] = [
    (50, 790, 9, "Ministry of Fisheries"),
    (50, 730, 20, "Minister opens new fishing port"),
    (50, 690, 11, "Rabat, 2 March 2026. The minister opened a new fishing port in the north"),
    (50, 676, 11, "on Monday, the ministry said. Boats of all sizes can land there, and the mar-"),
    (50, 662, 11, "ket hall is open to the public."),
    (50, 600, 11, "Left column: the works took"),
    (50, 586, 11, "four years in all."),
    (320, 600, 11, "Right column: the port has"),
    (320, 586, 11, "room for three hundred boats."),
    (290, 30, 9, "Page 1 of 2"),
]
MORE: Sequence[Line] = [
    (50, 790, 9, "Ministry of Fisheries"),
    (50, 690, 11, "Leila Benali was there with the delegation of the European Union."),
    (290, 30, 9, "Page 2 of 2"),
]


def pdf(*pages: Sequence[Line], title: str = "", created: str = "") -> bytes:
    """Write a PDF (ISO 32000-1) with lines of text at places."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    info = f"/Title ({title}) /CreationDate ({created})"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        text = "".join(f"BT /F1 {size} Tf {x} {y} Td ({line}) Tj ET\n" for x, y, size, line in lines)
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(text)} >>\nstream\n{text}endstream",
        ]
    objects.append(f"<< {info} >>")
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


def extract(content: bytes, now: datetime | None = None) -> ExtractedPage:
    return extract_page(content, url=URL, content_type="application/octet-stream", now=now)


def test_release_in_a_pdf_is_an_article() -> None:
    page = extract(pdf(RELEASE, MORE, title="release_final.pdf", created="D:20260305100000+01'00'"))
    assert page.title == "Minister opens new fishing port"
    assert page.text.split("\n") == [
        "Rabat, 2 March 2026. The minister opened a new fishing port in the north on Monday, the ministry said. Boats of all "
        "sizes can land there, and the market hall is open to the public.",
        "Left column: the works took four years in all.",
        "Right column: the port has room for three hundred boats.",
        "Leila Benali was there with the delegation of the European Union.",
    ]
    assert (page.published, page.language, page.kind, page.problem) == (
        datetime(2026, 3, 2, tzinfo=UTC),
        "en",
        "document",
        None,
    )


def test_date_of_the_file_stands_in_where_the_text_has_none() -> None:
    page = extract(
        pdf(
            [(50, 700, 11, "Boats of all sizes can land in the new port.")], created="D:20260305100000+01'00'"
        )
    )
    assert page.published == datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    assert extract(pdf(RELEASE), now=datetime(2026, 2, 1, tzinfo=UTC)).published is None


def test_title_of_the_file_counts_where_no_line_is_larger() -> None:
    page = extract(
        pdf([(50, 700, 11, "Boats of all sizes can land in the new port.")], title="New port in the north")
    )
    assert page.title == "New port in the north"


def test_scan_is_told() -> None:
    page = extract(pdf([], []))
    assert (page.text, page.problem) == ("", "no text layer")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"%PDF-1.4\nnothing more", id="cut off"),
        pytest.param(b"%PDF-1.4\n" + b"1 0 obj\n<< /Length 10 >>" * 50, id="no structure"),
        pytest.param(
            b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n3 0 R\nendobj\n"
            b"3 0 obj\n2 0 R\nendobj\ntrailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n0\n%%EOF",
            id="circular references",
        ),
        pytest.param(b"PK\x03\x04word/document.xml and no more", id="a broken Word file"),
    ],
)
def test_broken_document_is_told(content: bytes) -> None:
    with pytest.raises(ExtractionError, match="can't be read"):
        extract(content)


def test_word_document_is_an_article() -> None:
    document = Document()
    document.add_heading("وزير الخارجية يستقبل نظيره الإسباني", 0)
    document.add_paragraph("استقبل وزير الشؤون الخارجية ناصر بوريطة نظيره الإسباني بالرباط.")
    document.add_table(1, 1).cell(0, 0).text = "الرباط"
    document.core_properties.author = "Leila Benali"
    document.core_properties.created = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001  (Word writes UTC without saying so)
    written = io.BytesIO()
    document.save(written)
    page = extract(written.getvalue())
    assert (page.title, page.authors, page.language) == (
        "وزير الخارجية يستقبل نظيره الإسباني",
        ("Leila Benali",),
        "ar",
    )
    assert page.text == "استقبل وزير الشؤون الخارجية ناصر بوريطة نظيره الإسباني بالرباط.\nالرباط"
    assert page.published == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        pytest.param("ﻲﻔﺤﺻ نﺎﻴﺑ", "بيان صحفي", id="Arabic in presentation forms"),
        pytest.param("– 2026 سرﺎﻣ 2 ،طﺎﺑﺮﻟا", "الرباط، 2 مارس 2026 –", id="numbers"),
        pytest.param("(2030-2026) ﺔﻛاﺮﺸﻟا", "الشراكة (2026-2030)", id="years and brackets"),
        pytest.param(".FAO يﺮﺤﺒﻟا ﺪﻴﺼﻟا", "الصيد البحري FAO.", id="a Latin word"),
        pytest.param(
            "neo A320 Airbus ﺮﻄﺳأ ةيكلملا ةيوجلا طوطخلا",
            "الخطوط الجوية الملكية أسطر neo A320 Airbus",
            id="Latin words keep their order",
        ),
        pytest.param("םולש 12.5", "12.5 שלום", id="Hebrew"),
        pytest.param("Minister opens ﬁshing port", "Minister opens fishing port", id="ligatures"),
        pytest.param(
            "Talks with برغملا دفو in Rabat", "Talks with وفد المغرب in Rabat", id="Arabic in a Latin line"
        ),
    ],
)
def test_lines_are_read_as_they_were_written(seen: str, read: str) -> None:
    assert as_read(seen) == read
