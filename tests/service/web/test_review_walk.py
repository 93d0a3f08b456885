"""A press review from draft to mail, in a browser: moved by keys, rewritten, added to, approved; its files come with the mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from playwright.async_api import expect

from service.actions.reviews import make_review
from service.clock import utc_now
from tests.databases import on_sqlite
from tests.service.web.conftest import PATIENCE_MS, Desk
from tests.service.web.stock import LIST, stock

pytestmark = [on_sqlite, pytest.mark.asyncio(loop_scope="module")]


async def arrived(desk: Desk, subject: str) -> EmailMessage:
    """Return the mail of this subject, once it is there."""

    def found() -> list[EmailMessage]:
        return [mail.message for mail in desk.mail.mails if mail.message["Subject"] == subject]

    await desk.mail.wait_for(lambda: bool(found()), seconds=PATIENCE_MS / 1000)
    return found()[0]


async def test_review_goes_from_draft_to_mail(desk: Desk) -> None:
    await stock(desk)
    keys = {
        "channels": ["desk"],
        "language": "fr",
        "sections": [{"title": "Diplomatie", "watch": [LIST], "most": 3}, {"title": "Radio"}],
        "formats": ["pdf", "docx"],
    }
    with desk.service.database.write() as session:
        make_review(session, "Du matin", keys, now=utc_now())
    page = desk.page
    await page.goto(f"{desk.url}/reviews")
    await page.get_by_role("button", name="Draft now Du matin").click()
    await page.wait_for_url("**/reviews/editions/*")

    items = page.locator("ol[data-section='0'] > li")
    first = await items.nth(0).locator("h3").inner_text()
    await items.nth(0).focus()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(items.nth(1).locator("h3")).to_have_text(first)
    await expect(items.nth(1)).to_be_focused()

    await items.nth(0).get_by_text("Edit", exact=True).click()
    await items.nth(0).get_by_label("Headline").fill("Un titre à nous")
    await items.nth(0).get_by_label("Your own line").fill("À lire")
    await items.nth(0).get_by_role("button", name="Save").click()
    await expect(items.nth(0).locator("h3")).to_have_text("Un titre à nous")

    by_hand = page.locator("form", has=page.get_by_label("Outlet"))
    await by_hand.get_by_label("Section").select_option("Radio")
    await by_hand.get_by_label("Outlet").fill("Radio Rabat")
    await by_hand.get_by_label("Headline").fill("À huit heures")
    await by_hand.get_by_role("button", name="Add").click()
    await expect(page.locator("ol[data-section='1'] > li h3")).to_have_text("À huit heures")

    # so tall that nothing scrolls between the mouse's going down and its first move
    await page.set_viewport_size({"width": 1280, "height": 5000})
    await page.locator("ol[data-section='1'] > li").drag_to(items.nth(0), target_position={"x": 20, "y": 3})
    await expect(items.nth(0).locator("h3")).to_have_text("À huit heures")
    await desk.shot("review-walk")

    title = await page.locator("h1").inner_text()
    await page.get_by_role("button", name="Approve", exact=True).click()
    mail = await arrived(desk, title)
    text = mail.get_body(("plain",))
    assert text is not None
    words = text.get_content()
    assert words.index("À huit heures") < words.index("Un titre à nous") < words.index(first)
    assert [part.get_content_type() for part in mail.iter_attachments()] == [
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ]
    await page.reload()
    await expect(page.locator(".meta .state").first).to_have_text("sent")
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert [line for line in desk.said if "409" not in line] == []
