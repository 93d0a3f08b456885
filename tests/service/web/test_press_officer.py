"""A press officer's whole task, by the page alone: five people, three topics, 40 outlets; urgent at once, the rest at 8:00."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, expect

from service.catalogue.entries import CatalogueQuery, catalogue, find_entries
from tests.service.web.conftest import SHOTS
from tests.service.web.served import PASSWORD
from tests.service.web.test_first_run import Hands, fresh, shot

# A long walk; the short one is test_journey.py.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

PEOPLE = (
    "Nom;Prénom;Autres noms\n"
    "Bourita;Nasser;ناصر بوريطة\nBenali;Leila;ليلى بنعلي\nAkhannouch;Aziz;عزيز أخنوش\n"
    "de Mistura;Staffan;\nAlbares;José Manuel;\n"
)
TOPICS = {
    "Autonomy plan": '("Western Sahara" OR "Sáhara Occidental") NEAR/30 (autonomy OR autonomía)',
    "Fishing": "fish* AND (Morocco OR Maroc)",
    "Gas pipeline": '"Atlantic gas pipeline" OR "gazoduc atlantique"',
}
OUTLETS = 40
MOST_ACTIONS = 50
"""The survey of the page in November 2026 counted about 40 actions for the names alone, and lines of TOML for the rest."""


async def test_five_people_three_topics_forty_outlets_urgent_at_once_the_rest_at_eight(
    browser: Browser, tmp_path: Path
) -> None:
    async with fresh(browser, tmp_path, "en", interval="1h", zone="Africa/Casablanca") as (
        url,
        page,
        _outlets,
        mail,
    ):
        hands = Hands(page)
        await hands.fill("input[name=name]", "leila")
        await hands.fill("input[name=password]", PASSWORD)
        await hands.fill("input[name=again]", PASSWORD)
        await hands.click(page.locator("main form button"))
        await page.wait_for_url("**/start")

        # forty outlets: those of a country, from the catalogue
        followed = len(find_entries(catalogue(), CatalogueQuery(country="FR")))
        assert followed >= OUTLETS
        await hands.choose("select[name=country]", "FR")
        await hands.click(page.locator("form[action='/start/outlets'] button"))
        await expect(page.get_by_text(f"{followed} outlets are read.")).to_be_visible()

        # two channels: one at once, one at 8:00
        for name, at in (("urgent", ""), ("morning", "08:00")):
            await hands.click(page.get_by_role("link", name="Channels", exact=True))
            await hands.click(page.get_by_role("link", name="New channel"))
            await hands.click(page.locator("a[href='/channels/new?type=email']"))
            await hands.fill("input[name=name]", name)
            await hands.fill("textarea[name=to]", f"{name}@press.example")
            if at:
                await hands.choose("select[name=send]", "daily")
                await hands.fill("input[name=send_at]", at)
                await expect(page.locator("input[name=zone]")).to_have_value("Africa/Casablanca")
            await hands.click(page.get_by_role("button", name="Create channel"))
            await expect(page.get_by_role("heading", name=name)).to_be_visible()

        # a list: what is relevant or a spike goes out at once, the rest in the morning
        await hands.click(page.get_by_role("link", name="Watch lists", exact=True))
        await hands.click(page.locator(".head a[href='/watch/new']"))
        await hands.fill("input[name=name]", "Press desk")
        for name in ("urgent", "morning"):  # a new list is told to all channels
            await expect(page.locator(f"input[name=channels][value={name}]")).to_be_checked()
        details = page.locator("fieldset details")
        await hands.click(details.nth(1).locator("summary"))  # by name: morning, urgent
        await hands.choose("select[name='urgent:any']", "1")
        await hands.fill("input[name='urgent:min_score']", "60")
        await hands.click(page.locator("input[name='urgent:spikes']"))
        await hands.click(details.nth(0).locator("summary"))
        await hands.click(page.locator("input[name='morning:rest']"))
        await hands.click(page.get_by_role("button", name="Create watch list"))
        await expect(page.get_by_role("heading", name="Press desk")).to_be_visible()

        # five people, from the desk's own spreadsheet
        await hands.click(page.get_by_text("Import people and organisations"))
        hands.done.append("choose a file")
        file = FilePayload(name="cabinet.csv", mimeType="text/csv", buffer=PEOPLE.encode())
        await page.locator("input[name=file]").set_input_files(file)
        await hands.click(page.get_by_role("button", name="Preview the file"))
        await expect(page.get_by_text("Actors to be added: 5.")).to_be_visible()
        await hands.click(page.get_by_role("button", name="Import", exact=True))
        await hands.click(page.get_by_role("link", name="To the watch list"))

        # three topics
        for name, query in TOPICS.items():
            await hands.click(page.locator(".head a[href^='/watch/topic']"))
            await hands.fill("input[name=name]", name)
            await hands.fill("#query", query)
            await hands.click(page.get_by_role("button", name="Save"))
            await expect(page.get_by_role("link", name=name)).to_be_visible()
        await shot(page, "press-desk")

        # each channel is tried
        await hands.click(page.get_by_role("link", name="Channels", exact=True))
        for name in ("urgent", "morning"):
            card = page.locator("section.card", has=page.get_by_role("heading", name=name))
            await hands.click(card.locator("form[action$='/test'] button"))
            await expect(page.get_by_text("the test message was taken.")).to_be_visible()
        await mail.wait_for(lambda: len(mail.mails) == 2, seconds=180)
        assert {mail.recipients for mail in mail.mails} == {
            ("urgent@press.example",),
            ("morning@press.example",),
        }
        await page.goto(url)
        assert page.url.endswith("/alerts"), "nothing is left to do"
        if SHOTS:
            (Path(SHOTS) / "press-officer.txt").write_text(f"{len(hands.done)} actions\n", "utf-8")
        assert len(hands.done) <= MOST_ACTIONS, hands.done
