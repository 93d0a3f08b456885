"""Photo credits in the words of captions, in many languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.extract import extract_page
from crawler.extract.credits import clean_credit, split_caption

PROSE = "".join(
    f"<p>The foreign ministry said that talks on fisheries will resume in Rabat next week, and {number} boats wait.</p>"
    for number in range(6)
)


CAPTIONS = json.loads((Path(__file__).parent / "captions.json").read_text(encoding="utf-8"))
"""Caption as it stands, caption alone, credit; in thirty languages, and captions that only look credited."""


@pytest.mark.parametrize(("caption", "bare", "credit"), [pytest.param(*row, id=row[0]) for row in CAPTIONS])
def test_captions_of_the_world(caption: str, bare: str, credit: str | None) -> None:
    assert split_caption(caption) == (bare, credit)


@pytest.mark.parametrize(
    ("caption", "bare", "credit"),
    [
        ("The port. Photo: AFP", "The port.", "AFP"),
        ("The port (AP Photo/Example Person)", "The port", "AP Photo/Example Person"),
        (
            "The minister speaks on Monday. REUTERS/Example Person",
            "The minister speaks on Monday.",
            "REUTERS/Example Person",
        ),
        ("Le ministre, lundi. © Getty", "Le ministre, lundi.", "Getty"),
        ("Bild: picture alliance / dpa", "", "picture alliance / dpa"),
        ("Der Hafen. (Foto: Example Person/dpa)", "Der Hafen.", "Example Person/dpa"),
        ("El puerto. | EFE", "El puerto.", "EFE"),
        ("Le port, le 3 mars 2026. EXAMPLE PERSON / AFP", "Le port, le 3 mars 2026.", "EXAMPLE PERSON / AFP"),
        ("Someone in Rome, Reuters", "Someone in Rome,", "Reuters"),
        ("Photo by Example Person/Getty Images", "", "Example Person/Getty Images"),
        ("Photograph: Example Person/Getty Images", "", "Example Person/Getty Images"),
        ("الميناء. صورة: رويترز", "الميناء.", "رويترز"),
        ("Порт. Фото: РИА Новости / Example", "Порт.", "РИА Новости / Example"),
        ("港の様子。写真：ロイター", "港の様子。", "ロイター"),
        ("Hamnen. Foto: Example Person/TT", "Hamnen.", "Example Person/TT"),
        ("A plain caption about the minister.", "A plain caption about the minister.", None),
        ("The minister (left) meets his peer", "The minister (left) meets his peer", None),
        ("Talks between Rabat and Madrid, 2026", "Talks between Rabat and Madrid, 2026", None),
    ],
)
def test_caption_and_credit(caption: str, bare: str, credit: str | None) -> None:
    assert split_caption(caption) == (bare, credit)


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("Photo: AFP", "AFP"),
        ("© Reuters", "Reuters"),
        ("Credit...Example Person/Example Times", "Example Person/Example Times"),
        ("© 2026 Example Gazette. All rights reserved.", None),
        ("(Example Person)", "Example Person"),
        ("Image source, Getty Images", "Getty Images"),
        ("Photo:", None),
        ("©", None),
        ("2026", None),
        ("https://gazette.example/i.jpg", None),
        ("", None),
    ],
)
def test_bare_credit(text: str, credit: str | None) -> None:
    assert clean_credit(text) == credit


@pytest.mark.parametrize(
    ("markup", "credit", "caption"),
    [
        pytest.param(
            "<figure><img src=i.jpg><figcaption>The port. <span class='credit'>Photo: AFP</span></figcaption></figure>",
            "AFP",
            "The port.",
            id="marked inside the caption",
        ),
        pytest.param(
            "<figure><img src=i.jpg><figcaption>The port.</figcaption>"
            "<small class='photo-copyright'>Example Wire</small></figure>",
            "Example Wire",
            "The port.",
            id="marked beside the caption",
        ),
        pytest.param(
            "<figure><img src=i.jpg data-credit='Example Wire'></figure>",
            "Example Wire",
            None,
            id="attribute",
        ),
        pytest.param(
            "<div class='wp-caption'><img src=i.jpg><p class='wp-caption-text'>The port. Getty Images</p></div>",
            "Getty Images",
            "The port.",
            id="WordPress",
        ),
        pytest.param(
            "<figure><img src=i.jpg><figcaption>The port.</figcaption></figure>", None, "The port.", id="none"
        ),
        pytest.param(
            "<aside class='related'><figure><figcaption>Other news. AFP</figcaption></figure></aside>",
            None,
            None,
            id="picture of another article",
        ),
        pytest.param(
            "<footer><p class='copyright'>© Example Gazette 2026</p></footer>",
            None,
            None,
            id="the outlet's own",
        ),
    ],
)
def test_credit_of_a_page(markup: str, credit: str | None, caption: str | None) -> None:
    document = f"<html><head><title>Talks</title></head><body><article><h1>Talks</h1>{markup}{PROSE}</article></body></html>"
    found = extract_page(document.encode(), url="https://gazette.example/talks")
    assert (found.photo_credit, found.photo_caption) == (credit, caption)
    assert found.text.count("\n") == 5
    assert "AFP" not in found.text
