"""A page that holds scripts and next to no words says so; one without scripts, or with words, does not."""

from __future__ import annotations

import pytest

from crawler.extract import extract_page

SCRIPT = "<script src=/app.js></script>"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(f"<div id=root></div>{SCRIPT}", "no text", id="a shell"),
        pytest.param(f"<noscript>Please enable JavaScript.</noscript><div id=app></div>{SCRIPT}", "no text", id="noscript"),
        pytest.param(f"<nav><a href=/>Home</a><a href=/news>News</a></nav><div id=root></div>{SCRIPT}", "no text", id="a menu"),
        pytest.param("<div id=root></div>", None, id="no script"),
    ],
)  # fmt: skip
def test_shell_whose_text_a_script_brings(body: str, problem: str | None) -> None:
    page = extract_page(
        f"<html><head><title>Portal</title></head><body>{body}</body></html>".encode(),
        url="https://portal.example/a",
    )
    assert (page.problem, page.text) == (problem, "")
