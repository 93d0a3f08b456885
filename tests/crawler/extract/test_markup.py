"""Markup of today's sites: where authors, times and photo credits stand when no one marked them up well."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.extract import extract_page

CASES = tomllib.loads((Path(__file__).parent / "markup.toml").read_text(encoding="utf-8"))["cases"]
PROSE = "".join(
    "<p>The foreign ministry said on Monday that talks on fisheries will resume next week, "
    f"and {number} boats wait in the port for them.</p>"
    for number in range(6)
)


def document(case: dict[str, Any]) -> bytes:
    site = '<meta property="og:site_name" content="Gazette">'
    head = f"<head><title>Talks resume | Gazette</title>{site}{case.get('head', '')}</head>"
    article = f"<article><h1>Talks resume</h1>{case.get('above', '')}{PROSE}{case.get('below', '')}</article>"
    menu = "<header><nav><a href=/>Home</a></nav></header>"
    return (
        f"<html lang='en'>{head}<body>{menu}<main>{article}</main><footer>x</footer></body></html>".encode()
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    found = extract_page(document(case), url=case.get("url", "https://gazette.example/world/2026/talks-1"))
    got = {
        "authors": list(found.authors),
        "published": "" if found.published is None else str(found.published.date()),
        "credit": found.photo_credit or "",
    }
    assert {key: got[key] for key in got if key in case} == {key: case[key] for key in got if key in case}


def test_every_case_says_what_it_must_give() -> None:
    assert all({"authors", "published", "credit"} & case.keys() for case in CASES)
    assert len({case["id"] for case in CASES}) == len(CASES) >= 50
