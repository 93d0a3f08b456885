"""Kinds of faults that readers of other programs reported, each as a small page of an invented paper (field_pages.json)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import ExtractionError
from crawler.extract import extract_page
from crawler.values import ExtractedPage

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Council buys two tugs</title>'
FILE = json.loads((Path(__file__).parent / "field_pages.json").read_text(encoding="utf-8"))


def body_of(case: dict[str, Any]) -> bytes:
    if "body_base64" in case:
        return base64.b64decode(case["body_base64"])
    page: str = case["html"].replace("[[head]]", HEAD)
    for number, paragraph in enumerate(FILE["paragraphs"]):
        page = page.replace(f"[[{number}]]", paragraph)
    return page.encode()


def shown(page: ExtractedPage, field: str) -> object:
    value = getattr(page, field)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def check(expected: dict[str, Any], page: ExtractedPage) -> None:
    for part in expected.get("all", ()):
        check(part, page)
    for text in expected.get("text_has", ()):
        assert text in page.text
    for text in expected.get("text_lacks", ()):
        assert text not in page.text
    if "problem" in expected and "field" not in expected:
        assert (page.problem is not None) is expected["problem"]
    if "field" not in expected:
        return
    found = shown(page, expected["field"])
    if "folded_is" in expected:
        assert isinstance(found, list)
        assert [name.casefold() for name in found] == [name.casefold() for name in expected["folded_is"]]
    elif "starts_in" in expected:
        assert (found[:10] if isinstance(found, str) else found) in expected["starts_in"]
    elif "in" in expected:
        assert found in expected["in"]
    elif isinstance(found, str) and isinstance(expected["is"], str) and expected["field"] == "published":
        assert found.startswith(expected["is"])
    else:
        assert found == expected["is"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in FILE["cases"]])
def test_page(case: dict[str, Any]) -> None:
    expected = case["expect"]
    try:
        page = extract_page(body_of(case), url=case["url"], content_type=case.get("content_type"), now=NOW)
    except ExtractionError:
        page = ExtractedPage(url=case["url"], title="", text="", problem="unreadable")
    if "any" not in expected:
        check(expected, page)
        return
    failures = 0
    for choice in expected["any"]:
        try:
            check(choice, page)
        except AssertionError:
            failures += 1
    assert failures < len(expected["any"])


def test_unclosed_elements_nest_without_end() -> None:
    lines = "".join(
        f"<font size=2><p>Line {n} of the minutes says that the harbour is deep enough." for n in range(600)
    )
    page = extract_page(
        f"{HEAD}</head><body>{lines}<p>Zyralda Quenby agreed.".encode(), url="https://gazette.example/a"
    )
    assert "Line 599 of the minutes" in page.text
    assert "Zyralda Quenby agreed." in page.text
