"""Pictures in press reviews: where the review asks for them and the outlet's licence allows it, fetched within all limits."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from docx import Document
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTContainer, LTImage
from PIL import Image
from sqlmodel import select

from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.render import Renderer
from alerts.delivery.sender import Sender
from crawler.fetch import Fetcher, FetcherOptions
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from service.actions.corrections import correct_edition
from service.actions.edition_pictures import fetch_picture_again, picture_shown, remove_picture
from service.actions.edition_words import edition_data, edition_text
from service.actions.editions import add_by_address, approve_edition, edition_shown
from service.actions.errors import InvalidError, NotFoundError
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.reviews import review_shown, rights_of
from service.locale import translator
from service.picturing import Pictures
from service.reviewing import PICTURES_WITHIN
from service.settings import Settings
from storage.engine import Database
from storage.stores.reviews.editions import files_of
from storage.stores.reviews.pictures import picture_bodies
from storage.tables import Article
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.archive import AlertStages, add_article
from tests.conftest import START
from tests.crawler.fetch.conftest import _serve
from tests.databases import on_sqlite
from tests.replay.test_statements import statements
from tests.service.test_reviewing import BOURITA, DRAFT_TIME, REVIEW, SEVEN, Desk

AGENT = "Tocsin/test"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"><script>alert(1)</script></svg>'
TOLD = ("Bourita in Madrid", "Bourita à Madrid", "Harbour talks", "Quota signed", "Fleet sails", "Nets drawn")
"""Headlines of six outlets; one has no licence for pictures."""


def photo(size: tuple[int, int] = (900, 600)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, (180, 60, 20)).save(body, "JPEG")
    return body.getvalue()


PATHS: dict[str, tuple[int, str, bytes]] = {
    "/good": (200, "image/jpeg", photo()),
    "/moved": (302, "/good", b""),
    "/svg.jpg": (200, "image/jpeg", SVG),
    "/page.jpg": (200, "image/jpeg", b"<!doctype html><p>Sign in"),
    "/gone": (404, "text/plain", b""),
    "/kept/out": (200, "image/jpeg", photo()),
    "/robots.txt": (200, "text/plain", b"User-agent: *\nDisallow: /kept\n"),
}


class Host:
    """A host of pictures, which knows what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path)
        status, kind, body = PATHS[request.path]
        if status == 302:
            return web.Response(status=302, headers={"Location": kind})
        return web.Response(status=status, body=body, content_type=kind)


def settings(**changes: Any) -> Settings:  # noqa: ANN401
    return Settings.model_validate(
        {
            "channels": [{"name": "desk", "type": "email", "to": ["a@desk.example"]}],
            "watch": [{"name": "Diplomacy", "channels": ["desk"], "actors": [{"name": BOURITA}]}],
            "licences": [
                {"name": "CFC", "outlets": [f"Paper {number}" for number in range(5)], "pictures": True},
                {"name": "Others", "may": "excerpt"},
            ],
            "service": {"notify": "desk"},
            "reviews": [
                {
                    **REVIEW,
                    "sections": [{"title": "Diplomatie", "watch": ["Diplomacy"], "order": "newest"}],
                    "event": False,
                    "pictures": True,
                    **changes,
                }
            ],
        }
    )


async def desk_with(database: Database, images: list[str], **changes: Any) -> Desk:  # noqa: ANN401
    desk = Desk(database, settings(**changes))
    with database.write() as session:
        for number, image in enumerate(images):
            words = " ".join(f"{word}{number}" for word in TOLD[number].split())
            text = f"{BOURITA} spoke of {words}. " + f"{words} again. " * 5
            at = START - timedelta(minutes=number)
            article = session.get_one(
                Article, add_article(session, TOLD[number], text, outlet=f"Paper {number}", at=at)
            )
            article.image, article.photo_credit = image, "A. Photographer"
    stages = AlertStages(database, desk.clock)
    await stages.load()
    await stages.step()
    await stages.close()
    await desk.step(DRAFT_TIME)
    return desk


async def run(function: Callable[..., Any], *values: object) -> Any:  # noqa: ANN401
    return function(*values)


async def fetched(desk: Desk, *, networks: str | None = "127.0.0.0/8") -> list[tuple[str, str | None]]:
    """Have what is wanted fetched; return each item's state, and the kind of what stood in its way."""
    options = FetcherOptions(user_agent=AGENT, allow_networks=(ip_network(networks),) if networks else ())
    async with Fetcher(options) as fetcher:
        gate = HostGate(desk.database, per_host=2, host_delay=timedelta(0), clock=desk.clock)
        robots = RobotsGate(desk.database, fetcher, gate, obey=True, user_agent=AGENT, clock=desk.clock)
        stage = Pictures(desk.database, fetcher, gate, robots, rights=desk.rights, clock=desk.clock, run=run)
        while await stage.step():
            pass
    had = [item.picture for item in desk.edition().shown]
    return [
        (one.state, one.trouble.kind if one.trouble else None) if one is not None else ("none", None)
        for one in had
    ]


async def test_pictures_are_fetched_where_they_may_be_and_cost_nothing_else(database: Database) -> None:
    host = Host()
    async with _serve(host.answer) as url:
        paths = ("/good", "/svg.jpg", "/moved", "/gone", "/kept/out", "/good")
        desk = await desk_with(database, [f"{url}{path}" for path in paths])
        assert await fetched(desk) == [
            ("had", None),
            ("failed", "picture-kind"),
            ("had", None),
            ("failed", "http"),
            ("failed", "forbidden"),
            ("none", None),  # no licence allows the sixth outlet's
        ]
        assert "/kept/out" not in host.asked
        with database.write() as session:
            first, second, *_rest, last = edition_shown(session, 1).shown
            assert picture_shown(session, first.id)[:2] == b"\xff\xd8"
            with pytest.raises(NotFoundError):
                picture_shown(session, second.id)
            with pytest.raises(NotFoundError):
                fetch_picture_again(session, last.id, rights=desk.rights, now=START)
            remove_picture(session, first.id)
            with pytest.raises(InvalidError, match="no licence allows pictures of Paper 1"):
                fetch_picture_again(session, second.id, rights=rights_of(Settings()), now=START)
            fetch_picture_again(session, second.id, rights=desk.rights, now=desk.clock.now)
        assert (await fetched(desk))[:3] == [("removed", None), ("failed", "picture-kind"), ("had", None)]
        with database.write() as session:  # with the next edition's article, by its address
            approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN)
    assert [one.state for one in desk.editions()] == ["sent"]
    (payload,) = desk.told()
    shown = [item.get("picture") for item in payload["sections"][0]["items"]]
    assert [one is not None for one in shown] == [False, False, True, False, False, False]
    with database.write() as session:  # a correction has what was sent
        number = correct_edition(session, 1, now=SEVEN + timedelta(hours=1))
        assert len(picture_bodies(session, number)) == 1


@on_sqlite
async def test_review_without_the_setting_asks_for_none(database: Database) -> None:
    host = Host()
    async with _serve(host.answer) as url:
        desk = await desk_with(database, [f"{url}/good"] * 2, pictures=False)
        assert await fetched(desk) == [("none", None)] * 2
    assert host.asked == []


@on_sqlite
async def test_address_within_our_own_network_is_not_asked(database: Database) -> None:
    host = Host()
    async with _serve(host.answer) as url:
        desk = await desk_with(database, [f"{url}/good"])
        ((state, why),) = await fetched(desk, networks=None)
    assert (state, why, host.asked) == ("failed", "address", [])


@on_sqlite
async def test_approved_edition_waits_for_its_pictures_but_not_for_ever(database: Database) -> None:
    desk = await desk_with(database, ["https://gazette.example/1.jpg"], send="", draft_before="30m")
    assert desk.editions() == []
    with database.write() as session:
        new = prepare_edition(
            session, review_shown(session, 1), desk.rights, due_at=DRAFT_TIME, now=DRAFT_TIME
        )
        store_edition(session, new, now=DRAFT_TIME)
        approve_edition(session, 1, caller="ed", now=DRAFT_TIME)
    await desk.step(DRAFT_TIME + timedelta(seconds=1))
    assert [one.state for one in desk.editions()] == ["approved"]
    await desk.step(DRAFT_TIME + PICTURES_WITHIN)
    assert [one.state for one in desk.editions()] == ["sent"]
    with statements() as seen:
        await fetched(desk)
    assert any("item_picture" in statement for statement in seen)
    assert not [statement for statement in seen if "IMMEDIATE" in statement], "nobody needs it any more"


@on_sqlite
async def test_article_added_by_address_has_its_picture(database: Database) -> None:
    desk = await desk_with(database, ["https://gazette.example/1.jpg"] * 2, sections=[{"title": "Radio"}])
    with database.write() as session:
        url = session.exec(select(Article.url)).first() or ""
        item = add_by_address(session, 1, url, section="0", rights=desk.rights, now=START)
    assert item.picture is not None
    assert (item.picture.state, item.picture.credit) == ("wanted", "A. Photographer")


def pictures_in(body: bytes) -> int:
    def count(part: object) -> int:
        if isinstance(part, LTImage):
            return 1
        return sum(map(count, part)) if isinstance(part, LTContainer) else 0

    return sum(count(page) for page in extract_pages(io.BytesIO(body)))


async def mailed(desk: Desk) -> EmailMessage:
    """Return the mail of the edition that was handed over."""
    inbox = Mailbox()
    async with mail_server(inbox) as port:
        renderer = Renderer(spoken=translator)
        config = EmailConfig(
            ("a@desk.example",), "t@tocsin.example", "127.0.0.1", port, "none", renderer=renderer
        )
        sender = Sender(desk.database, {"desk": EmailChannel(config)}, owner="m:1:a", clock=desk.clock)
        await sender.step()
        await sender.drain(timedelta(seconds=30))
        await sender.close()
    mails = [message_from_bytes(body, policy=policy.default) for body in inbox.received]
    (mail,) = (one for one in mails if "review" in str(one["List-Id"]))
    return mail


@on_sqlite
async def test_mail_pdf_and_word_have_the_picture_with_words_in_its_place(database: Database) -> None:
    async with _serve(Host().answer) as url:
        desk = await desk_with(database, [f"{url}/good", f"{url}/gone"], formats=["html", "pdf", "docx"])
        await fetched(desk)
    with database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN)
    mail = await mailed(desk)
    html = mail.get_body(("html",))
    assert html is not None
    related = [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]
    (part,) = related
    assert f'src="cid:{str(part["Content-ID"]).strip("<>")}"' in html.get_content()
    assert 'alt="Image de l’article : Bourita in Madrid"' in html.get_content()
    assert (part.get_content_disposition(), part.get_content()[:2]) == ("inline", b"\xff\xd8")
    assert [one.get_filename() for one in mail.iter_attachments()] == [
        "Morning review 2026-03-03.pdf",
        "Morning review 2026-03-03.docx",
    ]
    with database.read() as session:
        files = files_of(session, 1)
        edition = edition_shown(session, 1)
        data = edition_data(edition, review_shown(session, 1))
        bodies = picture_bodies(session, 1)
    assert pictures_in(files["pdf"]) == 1
    (shape,) = Document(io.BytesIO(files["docx"])).inline_shapes
    assert shape._inline.docPr.get("descr").startswith("Image de l’article")
    page = edition_text(data, "html", desk.settings, now=SEVEN, pictures=bodies)
    assert page.count('src="data:image/jpeg;base64,') == 1
    assert "cid:" not in page
