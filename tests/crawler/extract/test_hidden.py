"""What a page's own styles hide is not read; what they hide for some media only, or show, is."""

from __future__ import annotations

import pytest

from crawler.extract import extract_page

URL = "https://gazette.example/2026/03/02/port"
PROSE = "".join(
    f"<p>The council of the port met for the {word} time to speak of the quay.</p>"
    for word in ("first", "second", "third", "fourth", "fifth")
)
PAGE = f"<html><head><title>Port</title></head><body><article>{PROSE}</article></body></html>"
SECRET = "Nobody sees these words."


@pytest.mark.parametrize(
    ("sheet", "hides"),
    [
        pytest.param(".gone{display:none}", True, id="rule"),
        pytest.param(
            "p{margin:0}\n.a, .gone , h1 { color:red; DISPLAY : None }", True, id="several-selectors"
        ),
        pytest.param(".gone{opacity:0} .b{display:none}", True, id="value-before-the-end-of-a-rule"),
        pytest.param(
            "@media print{.b{margin:0} .c{margin:0}} .gone{visibility:hidden}", True, id="after-a-block"
        ),
        pytest.param(".gone{position:absolute;left:-9999px}", True, id="far-left"),
        pytest.param(".İ{color:red} .gone{display:none}", True, id="a-letter-that-is-two-in-small-letters"),
        pytest.param("@media screen{.b{margin:0} .gone{display:none}}", True, id="on-a-screen"),
        pytest.param("@media screen and (max-width:9em){.gone{display:none}}", False, id="on-a-small-screen"),
        pytest.param("article > p.gone{display:none}", True, id="within-an-element"),
        pytest.param("#gone,#b{display:none}", True, id="id"),
        pytest.param(".no-js .gone{display:none}", False, id="in-a-state"),
        pytest.param("@media print{.b{margin:0} .gone{display:none}}", False, id="in-a-block"),
        pytest.param(
            "@media print{@supports(x){.b{margin:0}} .gone{display:none}", False, id="in-an-open-block"
        ),
        pytest.param(".menu .gone{display:none}", False, id="within-another"),
        pytest.param(".gone{-x-display:none;padding-left:-999px;opacity:0.5}", False, id="other-properties"),
        pytest.param(".gone display:none", False, id="no-rule"),
    ],
)
def test_classes_that_a_style_hides(sheet: str, hides: bool) -> None:
    page = PAGE.replace("</title>", f"</title><style>{sheet}</style>").replace(
        "</article>", f"<p class='gone' id='gone'>{SECRET}</p>{PROSE}</article>"
    )
    assert (SECRET not in extract_page(page.encode(), url=URL).text) is hides


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        pytest.param(PAGE.replace("quay", "qu\x0bay").encode(), "utf-8", id="control-characters"),
        pytest.param(PAGE.encode("utf-16"), "utf-8", id="utf-16"),
        pytest.param(b'<?xml version="1.0" encoding="x-none"?>' + PAGE.encode(), "utf-8", id="declaration"),
        pytest.param(
            PAGE.replace("quay", "qu\\ud800ay\xe9").encode("latin-1"), "unicode_escape", id="lone-surrogate"
        ),
    ],
)
def test_what_no_parser_takes_is_left_out(content: bytes, charset: str) -> None:
    text = extract_page(content, url=URL, content_type=f"text/html; charset={charset}").text
    assert "for the first time to speak of the quay" in text
