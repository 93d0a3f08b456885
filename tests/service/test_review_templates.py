"""Templates of the user's own for PDF and Word: taken, tried by `tocsin check`, and never the end of a morning's review."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from docx import Document
from docx.shared import Mm, Pt, RGBColor
from pdfminer.high_level import extract_text
from pydantic import ValidationError
from typer.testing import CliRunner

from alerts.review.printing import Look, TemplateError
from alerts.review.printing.pdf import make_pdf
from alerts.review.printing.word import make_docx
from service.actions.edition_files import look_of
from service.cli.app import app
from service.settings.review_models import ReviewKeys
from storage.engine import Database
from storage.stores.reviews.editions import files_of
from storage.tables import NotificationKind
from tests.alerts.review.test_printing import SQUARE, style_of, view
from tests.conftest import ROOT
from tests.databases import on_sqlite
from tests.service.test_reviewing import DRAFT_TIME, SEVEN, desk_with_articles

SECTIONS = [{"title": "Pêche", "query": "fishing"}]


def of_docs() -> str:
    """Return the template that the docs show."""
    (found,) = re.findall(r"```typst\n(.*?)```", (ROOT / "docs" / "review.md").read_text("utf-8"), re.S)
    return str(found)


def keys(**changes: str) -> ReviewKeys:
    return ReviewKeys.model_validate({"sections": SECTIONS, **changes})


def text_of(body: bytes) -> str:
    return " ".join(extract_text(io.BytesIO(body)).replace("\u200e", "").split())


def letter(path: Path) -> Path:
    """Write a Word document as an office would: its own page, heading, header and footer, and some text."""
    document = Document()
    document.sections[0].left_margin = Mm(40)
    document.styles["Heading 1"].font.color.rgb = RGBColor(0, 0x66, 0)
    document.styles["Normal"].font.size = Pt(13)
    document.sections[0].header.paragraphs[0].text = "Ministry of Fisheries"
    document.sections[0].footer.paragraphs[0].text = "For internal use"
    document.add_paragraph("Lorem ipsum of the template")
    document.save(str(path))
    return path


def test_template_of_the_docs_prints_an_edition(tmp_path: Path) -> None:
    path = tmp_path / "review.typ"
    path.write_text(of_docs(), "utf-8")
    text = text_of(make_pdf(view("en"), look_of(keys(pdf_template=str(path)), "pdf")))
    parts = ["Press Office", "Event of the day", "Bourita à Madrid", "Pêche", "In brief"]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)


def test_template_reads_what_lies_beside_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "seal.svg").write_bytes(SQUARE)
    (tmp_path / "parts.typ").write_text('#let head() = image("seal.svg", alt: "Seal")\n', "utf-8")
    path = tmp_path / "review.typ"
    path.write_text('#import "parts.typ": head\n#set document(title: "T")\n#head()\nOurs\n', "utf-8")
    assert "Ours" in text_of(make_pdf(view(), look_of(keys(pdf_template=str(path)), "pdf")))
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    for line in ('#read("secret.txt")', '#read("/etc/hostname")', '#read("../secret.txt")'):
        path.write_text(f'#set document(title: "T")\n\n{line}\n', "utf-8")
        with pytest.raises(TemplateError, match=rf"^{re.escape(str(path))}:3: "):
            make_pdf(view(), look_of(keys(pdf_template=str(path)), "pdf"))
    path.write_text('\n#import "@preview/cetz:0.3.0": canvas\n', "utf-8")
    with pytest.raises(TemplateError, match=r"review.typ:2: packages are not loaded from the network"):
        look_of(keys(pdf_template=str(path)), "pdf")


def test_fault_in_a_file_beside_it_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "parts.typ").write_text("#let head(review) = {\n  review.nothing\n}\n", "utf-8")
    path = tmp_path / "review.typ"
    path.write_text('#import "parts.typ": head\n#head(json("review.json"))\n', "utf-8")
    with pytest.raises(TemplateError, match=r"parts\.typ:2: dictionary does not contain key"):
        make_pdf(view(), look_of(keys(pdf_template=str(path)), "pdf"))


def test_word_document_gives_its_look_and_not_its_text(tmp_path: Path) -> None:
    look = look_of(keys(word_template=str(letter(tmp_path / "letter.docx"))), "docx")
    made = Document(io.BytesIO(make_docx(view(), look)))
    assert made.sections[0].header.paragraphs[0].text == "Ministry of Fisheries"
    assert made.sections[0].footer.paragraphs[0].text == "For internal use"
    assert round((made.sections[0].left_margin or 0) / Mm(1)) == 40
    assert made.styles["Heading 1"].font.color.rgb == RGBColor(0, 0x66, 0)
    told = [paragraph.text for paragraph in made.paragraphs]
    assert "Lorem ipsum of the template" not in told
    assert [one.text for one in made.paragraphs if style_of(one) == "Heading 1"][:2] == [
        "L’événement du jour",
        "Pêche",
    ]


def test_document_without_our_styles_is_given_them(tmp_path: Path) -> None:
    path = tmp_path / "bare.docx"
    document = Document()
    for name in ("Title", "Heading 1", "Heading 2"):
        element = document.styles[name].element
        element.getparent().remove(element)
    document.save(str(path))
    made = Document(io.BytesIO(make_docx(view(), look_of(keys(word_template=str(path)), "docx"))))
    assert "Pêche" in [one.text for one in made.paragraphs if style_of(one) == "Heading 1"]


def test_colour_is_taken_and_must_be_read() -> None:
    look = Look(colour="#1a4f8b")
    assert make_pdf(view(), look) != make_pdf(view(), Look())
    made = Document(io.BytesIO(make_docx(view(), look)))
    assert made.styles["Heading 1"].font.color.rgb == RGBColor(0x1A, 0x4F, 0x8B)
    for wrong, why in (("#ffff00", "too light"), ("red", "is not a colour"), ("#12", "is not a colour")):
        with pytest.raises(ValidationError, match=why):
            keys(colour=wrong)


def test_check_tries_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "review.typ").write_text("#let x = 1\n#unknown()\n", "utf-8")
    (tmp_path / "letter.docx").write_text("no document", "utf-8")
    (tmp_path / "settings.toml").write_text(
        """
        [storage]
        url = "sqlite:///t.db"
        [[channels]]
        name = "desk"
        type = "console"
        [[reviews]]
        name = "Morning"
        channels = ["desk"]
        pdf_template = "look/review.typ"
        word_template = "letter.docx"
        sections = [{ title = "A", query = "fishing" }]
        """,
        "utf-8",
    )
    found = CliRunner().invoke(app, ["check"])
    assert found.exit_code == 0
    assert "the review 'Morning': look/review.typ:2: unknown variable: unknown" in found.output
    assert "the review 'Morning': letter.docx: not a Word document (.docx)" in found.output


@on_sqlite
async def test_template_that_fails_loses_no_edition(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "review.typ"
    path.write_text("#let x = 1\n\n#unknown()\n", "utf-8")
    desk = await desk_with_articles(
        database, approve=False, formats=["pdf"], pdf_template=str(path), colour="#1a4f8b"
    )
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    (listed,) = desk.editions()
    assert (listed.state, listed.trouble and listed.trouble.kind) == ("sent", "review-template")
    with database.read() as session:
        assert "Boats stay in port" in text_of(files_of(session, 1)["pdf"])
    (said,) = desk.told(NotificationKind.SERVICE)
    assert said["subject"] == "Press review sent without its template: Morning review, 3 mars 2026"
    assert f"{path}:3: unknown variable: unknown" in said["text"]
    assert [payload["colour"] for payload in desk.told()] == ["#1a4f8b"]
