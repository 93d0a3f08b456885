"""The pages in four languages: nothing untranslated, mirrored where the language is, accessible; whose language is whose."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlmodel import Session, select

from service.catalogue.entries import catalogue
from service.locale import LANGUAGES, add
from storage.tables import (
    ArticleVersion,
    ChannelRow,
    Edition,
    Outlet,
    ReviewRecipient,
    UserSession,
    WatchListRow,
)
from tests.pseudo import PSEUDO, escaped, shown_in
from tests.service.web.accessible import OF_COLOURS, cut, faults, unfold
from tests.service.web.conftest import NAME, Desk, new_context
from tests.service.web.stock import ACTORS, ARABIC, CONTROL, EDITED, FIRST, SECOND, TOPIC, alert_titled, stock
from tests.service.web.test_pages import PAGES, PHONE

# Every page in every language; that no string lacks a translation is held by make lint.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

KNOWN = (
    *(TOPIC, SECOND, CONTROL, NAME, *(actor.name for actor in ACTORS), *LANGUAGES.values(), "Pseudo"),
    *(
        "Nobody Of This Name",
        "Northern Wire",
        "Ferry talks",
        "Port closes",
        "press",
        "leila",
        "grafana",
        "Morning review",
        "On a visit",
        "known by now",
        "Night",
        "TelQuel",
        "For the minister",
        "Ask the ministry",
    ),
    *('Bourita OR "ناصر بوريطة"', "ferry AND", "immediate"),
)
"""What the stock calls its own."""
MAIN = (
    "alerts",
    "alert",
    "watch-list",
    "actor",
    "topic",
    "search-found",
    "outlets",
    "outlet-busy",
    "trends",
    "account",
)
WHOLE = bool(os.environ.get("EVERY_LOOK"))
"""Every page in every language and look, not those that stand for them."""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}
MIRRORED = {"ar": "rtl", "en": "ltr", "fr": "ltr", "es": "ltr"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stocked(desk: Desk) -> AsyncIterator[Desk]:
    await stock(desk)
    for name, title in (("alert", FIRST), ("alert-edited", EDITED), ("alert-arabic", ARABIC)):
        PAGES[name] = f"/alerts/{await alert_titled(desk, title)}"
    yield desk


@pytest.fixture
def pseudo() -> Iterator[None]:
    add(PSEUDO, "Pseudo")
    yield
    del LANGUAGES[PSEUDO.code]


def stored_words(session: Session) -> str:
    """Return what outlets and people wrote: no part of any catalogue."""
    texts = [(row.title, row.text) for row in session.exec(select(ArticleVersion))]
    outlets = [(row.name, row.site or "") for row in session.exec(select(Outlet))]
    lists = [(row.name,) for row in session.exec(select(WatchListRow))]
    channels = [(row.name,) for row in session.exec(select(ChannelRow))]
    listed = [(entry.name, entry.site) for entry in catalogue()]
    editions = [(row.title, *row.sections) for row in session.exec(select(Edition))]
    recipients = [(row.name, row.refused_words) for row in session.exec(select(ReviewRecipient))]
    browsers = [(row.browser,) for row in session.exec(select(UserSession))]
    rows = (*recipients, *browsers, *editions, *texts, *outlets, *lists, *channels, *listed, KNOWN)
    return "\n".join(part for row in rows for part in row)


@pytest.mark.usefixtures("pseudo")
async def test_nothing_on_a_page_escapes_translation(stocked: Desk) -> None:
    data = await stocked.service.database.reading(stored_words)
    found = {}
    for name, path in PAGES.items():
        answer = await stocked.context.request.get(stocked.url + path, headers={"Accept-Language": "qps"})
        left = escaped(shown_in(await answer.text()), data)
        if left:
            found[name] = left
    assert found == {}, "\n".join(f"{name}: {left}" for name, left in found.items())


@pytest.mark.parametrize("look", LOOKS if WHOLE else ["light"])
@pytest.mark.parametrize("code", MIRRORED)
async def test_pages_are_accessible_in_every_language(stocked: Desk, code: str, look: str) -> None:
    context = await new_context(
        stocked.browser, locale=code, storage_state=await stocked.context.storage_state(), **LOOKS[look]
    )
    page = await context.new_page()
    found = {}
    for name in PAGES if WHOLE else MAIN:
        await page.goto(stocked.url + PAGES[name])
        html = page.locator("html")
        await expect(html).to_have_attribute("lang", code)
        await expect(html).to_have_attribute("dir", MIRRORED[code])
        await stocked.shot(f"{name}-{code}-{look}", page)
        await unfold(page)
        wrong = await cut(page) if look == "phone" else []
        if code != "en" or WHOLE:  # English ones: tests/service/web/test_pages.py
            # no colour hangs on the language: tests/service/web/test_pages.py looks at those of every page
            wrong += await faults(page, without=() if WHOLE else OF_COLOURS)
        if wrong:
            found[name] = wrong
    assert found == {}
    await context.close()


async def test_a_user_chooses_their_language(stocked: Desk) -> None:
    page = await stocked.context.new_page()
    await page.goto(stocked.url + "/account")
    await page.get_by_label("Language of these pages").select_option("ar")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.get_by_role("heading", name="اللغة")).to_be_visible()
    await page.get_by_label("لغة هذه الصفحات").select_option("")
    await page.get_by_role("button", name="حفظ").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.close()


async def test_errors_of_the_api_follow_accept_language(stocked: Desk) -> None:
    answer = await stocked.context.request.get(
        stocked.url + "/api/v1/alerts/999999", headers={"Accept-Language": "fr"}
    )
    problem = await answer.json()
    assert (answer.status, problem["title"]) == (404, "Introuvable")
    assert problem["detail"] == "Il n’y a pas d’alerte 999999."
    assert answer.headers["content-language"] == "fr"
