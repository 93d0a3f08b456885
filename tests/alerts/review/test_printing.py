"""Editions as PDF and Word documents, opened again: text in order, headings, links, directions, nothing taken for markup."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser

from alerts.delivery.payload import Period, ReviewData, ReviewFigure, ReviewItem, ReviewPart
from alerts.delivery.review_view import ReviewView, file_name, review_view
from alerts.review.printing import Look, PrintError
from alerts.review.printing.making import print_edition
from alerts.review.printing.pdf import make_pdf
from alerts.review.printing.word import make_docx
from crawler.pool import CpuPool
from service.locale import translator
from storage.language import speaking

SIX = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOSTILE = '#import "x.typ" = Heading *bold* $x$ <b>@ref</b> \\ // no comment'
ARABIC = "ناصر بوريطة يجري مباحثات مع FAO"
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'


def view(language: str = "fr", **changes: Any) -> ReviewView:  # noqa: ANN401
    values: dict[str, Any] = {
        "edition_id": 1,
        "review": "Revue du matin",
        "title": "Revue du matin, 2 mars 2026",
        "language": language,
        "due_at": SIX,
        "period": Period(since=SIX - timedelta(days=1), until=SIX),
        "sections": (
            ReviewPart(kind="event", items=(item("Bourita à Madrid", outlets=3),)),
            ReviewPart(kind="section", title="Pêche", items=(item(HOSTILE), item(ARABIC, language="ar"))),
            ReviewPart(kind="brief", items=(item("En quelques mots", excerpt=""),)),
        ),
        "figures": (ReviewFigure(watch_list="Diplomatie", days=(1, 0, 4, 2, 0, 0, 3)),),
        **changes,
    }
    with speaking(translator(language)):
        return review_view(ReviewData(**values))


def item(headline: str, **changes: Any) -> ReviewItem:  # noqa: ANN401
    values = {
        "headline": headline,
        "outlet": "Le Quotidien",
        "language": "fr",
        "excerpt": "Les deux ministres se sont rencontrés.",
        "url": "https://quotidien.example/1",
        "published_at": SIX,
        **changes,
    }
    return ReviewItem(**values)


def pdf_of(body: bytes) -> PDFDocument:
    return PDFDocument(PDFParser(io.BytesIO(body)))


def bookmarks(body: bytes) -> list[tuple[int, str]]:
    return [(level, title) for level, title, *_rest in pdf_of(body).get_outlines()]


def flat(text: str) -> str:
    """Return text on one line, without the marks of direction that share a glyph with a space."""
    return " ".join(text.replace("\u200e", "").split())


def test_pdf_has_contents_bookmarks_and_tags() -> None:
    body = make_pdf(view(), Look())
    titles = [title for _level, title in bookmarks(body)]
    assert [
        title for title in titles if title in ("L’événement du jour", "Pêche", "En bref", "En chiffres")
    ] == [
        "L’événement du jour",
        "Pêche",
        "En bref",
        "En chiffres",
    ]
    assert HOSTILE in titles
    assert pdf_of(body).catalog["MarkInfo"]["Marked"] is True
    contents = flat(extract_text(io.BytesIO(body), page_numbers=[0]))
    assert "Sommaire" in contents
    assert "Bourita à Madrid" in contents


def test_pdf_tells_all_in_order_and_takes_nothing_for_markup() -> None:
    text = flat(extract_text(io.BytesIO(make_pdf(view(), Look()))))
    body = text[text.rindex("L’événement du jour") :]
    parts = ("Bourita à Madrid", "Pêche", '#import "x.typ" = Heading *bold* $x$ <b>@ref</b>', "En bref")
    places = [body.index(part) for part in parts]
    assert places == sorted(places)
    assert "relaté par 3 médias" in body
    assert "En chiffres" in body


@pytest.mark.parametrize("look", [Look(cover=True), Look(logo_kind="svg", logo=SQUARE)])
def test_pdf_has_a_cover_and_a_logo_where_they_are_wanted(look: Look) -> None:
    assert make_pdf(view(), look).startswith(b"%PDF-")


def test_arabic_review_is_printed() -> None:
    body = make_pdf(view("ar"), Look())
    assert pdf_of(body).catalog["Lang"] in (b"ar", "ar")


def test_empty_edition_says_so() -> None:
    empty = view(sections=(), figures=())
    assert "Rien n’a été trouvé" in extract_text(io.BytesIO(make_pdf(empty, Look())))
    assert "Rien n’a été trouvé" in words(make_docx(empty, Look()))


def test_logo_that_is_none_is_an_error_in_words() -> None:
    with pytest.raises(PrintError):
        make_pdf(view(), Look(logo_kind="png", logo=b"no picture"))
    with pytest.raises(PrintError):
        make_docx(view(), Look(logo_kind="png", logo=b"no picture"))


def style_of(paragraph: Any) -> str:  # noqa: ANN401  (python-docx's)
    return str(paragraph.style.name)


def words(body: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(body)).paragraphs)


def test_word_document_has_headings_links_and_contents() -> None:
    document = Document(io.BytesIO(make_docx(view(), Look())))
    headings = {
        level: [one.text for one in document.paragraphs if style_of(one) == f"Heading {level}"]
        for level in (1, 2)
    }
    assert headings[1] == ["L’événement du jour", "Pêche", "En bref", "En chiffres"]
    links = list(document.element.body.iter(qn("w:hyperlink")))
    outside = [document.part.rels[number].target_ref for link in links if (number := link.get(qn("r:id")))]
    assert outside == ["https://quotidien.example/1"] * 4
    led_to = [anchor for link in links if (anchor := link.get(qn("w:anchor")))]
    assert len(led_to) == len(headings[1]) + len(headings[2])
    titles = {
        mark.get(qn("w:name")): one.text
        for one in document.paragraphs
        for mark in one._p.iter(qn("w:bookmarkStart"))
    }
    numbers = [mark.get(qn("w:id")) for mark in document.element.body.iter(qn("w:bookmarkStart"))]
    assert len(numbers) == len({*numbers}) == len(titles)
    assert {titles[anchor] for anchor in led_to} == {*headings[1], *headings[2]}
    codes = [one.text for one in document.element.body.iter(qn("w:instrText"))]
    assert [code for code in codes if "PAGEREF" in code] == [f"PAGEREF {anchor} \\h" for anchor in led_to]
    assert HOSTILE in words(make_docx(view(), Look()))


def test_each_article_runs_in_its_own_direction() -> None:
    document = Document(io.BytesIO(make_docx(view(), Look())))
    bidi = {
        one.text: one._p.pPr is not None and one._p.pPr.find(qn("w:bidi")) is not None
        for one in document.paragraphs
        if style_of(one).startswith("Heading")
    }
    assert (bidi["Pêche"], bidi[ARABIC], bidi["Bourita à Madrid"]) == (False, True, False)
    assert document.sections[0]._sectPr.find(qn("w:bidi")) is None
    arabic = Document(io.BytesIO(make_docx(view("ar"), Look())))
    assert arabic.sections[0]._sectPr.find(qn("w:bidi")) is not None


async def test_files_are_made_by_a_worker() -> None:
    async with CpuPool(workers=1, reads_pages=False) as pool:
        assert (await pool.run(print_edition, "pdf", view(), Look())).startswith(b"%PDF-")
        assert (await pool.run(print_edition, "docx", view(), Look())).startswith(b"PK")
        with pytest.raises(PrintError):
            await pool.run(print_edition, "pdf", view(), Look(logo_kind="png", logo=b"no picture"))


@pytest.mark.parametrize(
    ("review", "name"),
    [
        pytest.param("Morning review", "Morning review 2026-03-02.pdf", id="plain"),
        pytest.param('a/b\\c:"d"', "a b c d 2026-03-02.pdf", id="signs of paths"),
        pytest.param("..", "review 2026-03-02.pdf", id="nothing left"),
        pytest.param("تقرير", "تقرير 2026-03-02.pdf", id="Arabic"),
    ],
)
def test_file_is_called_after_its_review(review: str, name: str) -> None:
    assert file_name(review, "2026-03-02", "pdf") == name


def test_letter_that_no_font_has_does_not_stop_the_printing() -> None:
    body = make_pdf(view(title="Revue \U0001f6a2 \U000e0041 \U00013000"), Look())
    assert "Sommaire" in extract_text(io.BytesIO(body))
