"""A page's accessibility, as axe-core judges it. Only what is wrong is told: all that passes is megabytes of JSON for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

OF_COLOURS = ("color-contrast", "link-in-text-block")
"""Rules of axe's that judge colours: two thirds of the time that all take. Light and dark differ in these alone."""


async def faults(page: Page, rules: Sequence[str] = (), *, without: Sequence[str] = ()) -> list[str]:
    """Return what breaks axe's rules, or some of them, on what a page shows now: each with the first elements that break it."""
    options: dict[str, object] = {
        "resultTypes": ["violations"],
        "rules": {rule: {"enabled": False} for rule in without},
    }
    if rules:
        options["runOnly"] = list(rules)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    violations: list[dict[str, Any]] = await page.evaluate(
        "options => axe.run(options).then(results => results.violations)", options
    )
    return [f"{each['id']}: {[node['html'][:150] for node in each['nodes'][:3]]}" for each in violations]


async def unfold(page: Page) -> None:
    """Open what is folded on a page, once what its script fetches is there."""
    await page.wait_for_function("!document.getElementById('api') || document.querySelector('#api h3')")
    await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


CUT = """() => [document.documentElement, ...document.querySelectorAll('.top nav, .scroll:has(> table)')]
  .filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.getAttribute('aria-label') ?? part.tagName)"""


async def cut(page: Page) -> list[str]:
    """Return the parts of a page that are wider than the window, and are seen by moving them sideways alone."""
    found: list[str] = await page.evaluate(CUT)
    return [f"wider than the window: {part}" for part in found]
