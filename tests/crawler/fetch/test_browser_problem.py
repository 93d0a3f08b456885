"""What `tocsin check` says of a browser that can't be used, told without one."""

from __future__ import annotations

import pytest

from crawler.fetch.browser.chromium import browser_problem


@pytest.mark.parametrize(
    ("executable", "url", "problem"),
    [
        pytest.param("", "", None, id="the system's"),
        pytest.param("/nowhere/chromium", "", "/nowhere/chromium is not a program", id="not there"),
        pytest.param("", "ws://browser.example:9222", None, id="remote"),
    ],
)
def test_what_keeps_a_browser_from_being_used(executable: str, url: str, problem: str | None) -> None:
    assert browser_problem(executable, url) == problem
