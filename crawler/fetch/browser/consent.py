"""Consent dialogs, clicked away by a small list of rules (consent.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

CLICK_MS = 2_000


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """What is clicked in one maker's dialogs, the best first; `seen` is what must stand on the page."""

    name: str
    click: tuple[str, ...]
    seen: str = ""


@cache
def consent_rules() -> tuple[ConsentRule, ...]:
    """Return the rules, in their order."""
    data = tomllib.loads(Path(__file__).with_name("consent.toml").read_text("utf-8"))
    return tuple(
        ConsentRule(rule["name"], tuple(rule["click"]), rule.get("seen", "")) for rule in data["rules"]
    )


async def click_away(page: Page) -> str:
    """Click the button of the first dialog that stands on the page; return whose it was, nothing where there is none."""
    from playwright.async_api import Error

    buttons = ", ".join(selector for rule in consent_rules() for selector in rule.click)
    if not await page.locator(buttons).count():
        return ""
    for rule in consent_rules():
        if rule.seen and not await page.locator(rule.seen).first.is_visible():
            continue
        for selector in rule.click:
            button = page.locator(selector).first
            if not await button.is_visible():
                continue
            try:
                await button.click(timeout=CLICK_MS)
            except Error:  # something lies over it, or it has gone
                continue
            return rule.name
    return ""
