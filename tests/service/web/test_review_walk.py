"""A press review in a browser: from draft to mail, and from nothing to a recipient in counted actions, in English and Arabic."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterable
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio
from docx import Document as Word
from docx.oxml.ns import qn
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from playwright.async_api import Route, expect
from sqlmodel import Session, col, func, select

from alerts.values import Topic
from service.actions.editions import edition_shown
from service.actions.reviews import make_review
from service.clock import utc_now
from storage.tables import Alert, WatchListRow
from tests.archive import add_article, put, watch
from tests.databases import on_sqlite
from tests.replay.outlets import feed, paragraphs
from tests.replay.outlets import page as article_page
from tests.service.web.conftest import PATIENCE_MS, SHOTS, Desk, new_context
from tests.service.web.stock import LIST, stock, until
from tests.service.web.test_first_run import Hands

NEWS = (
    "Storm closes the harbour at Nador",
    "Phosphate exports reach a record",
    "Film festival opens in Marrakesh",
    "New tram line for Rabat",
    "Wheat harvest falls after drought",
    "Solar park near Ouarzazate grows",
    "Teachers end their strike",
    "Fuel prices drop for a third week",
    "Football federation names a coach",
    "Archaeologists uncover a Roman mosaic",
    "Central bank keeps interest rates",
    "Hospital ships medicine to Gaza",
    "Parliament debates the water bill",
    "Railway orders forty electric trains",
    "Olive growers fear a poor season",
    "University launches a satellite",
    "Customs seize smuggled cigarettes",
    "Desert marathon draws runners",
    "Court rejects the mining appeal",
    "Tourism returns to Agadir beaches",
    "Locust warning in the south",
    "Cement maker buys a rival",
)
"""Each its own story."""
MOST_ACTIONS = 15
# without a browser: actions/test_review_surfaces.py
pytestmark = [on_sqlite, pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]


async def arrived(desk: Desk, subject: str) -> EmailMessage:
    """Return the mail of this subject, once it is there."""

    def found() -> list[EmailMessage]:
        return [mail.message for mail in desk.mail.mails if mail.message["Subject"] == subject]

    await desk.mail.wait_for(lambda: bool(found()), seconds=PATIENCE_MS / 1000)
    return found()[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stocked(desk: Desk) -> AsyncIterator[Desk]:
    """A service at work for a while, in which twenty-two more stories were found."""
    await stock(desk)
    await news(desk)
    yield desk


async def test_review_goes_from_draft_to_mail(stocked: Desk) -> None:
    desk = stocked
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


async def news(desk: Desk) -> None:
    """Have twenty-two stories found, and told."""

    def add(session: Session) -> None:
        for number, title in enumerate(NEWS):
            own = " ".join(f"{word}{number}" for word in title.lower().split())  # words of no other story
            text = f"{title}: Nasser Bourita was asked of {own}. " + f"{own} {title}. " * 5
            add_article(session, title, text, at=utc_now(), outlet=f"Paper {number}")

    await desk.service.database.writing(add)

    def told() -> bool:
        subjects = [str(mail.message["Subject"]) for mail in desk.mail.mails]
        return all(any(title in subject for subject in subjects) for title in NEWS)

    await desk.mail.wait_for(told, seconds=PATIENCE_MS / 1000)


SIXTY = 60
MARK = r"\bn\d\d\b"
"""What tells an article in its headline."""
SECTIONS = {
    "Pêche": ("pêche OR الصيد", "Il a été question de la pêche.", "وتناول اللقاء قطاع الصيد."),
    "الدبلوماسية": (
        "diplomatie OR الدبلوماسية",
        "La diplomatie a été saluée.",
        "وأشاد البيان بجهود الدبلوماسية.",
    ),
    "Énergie": ("énergie OR الطاقة", "Le prix de l'énergie a été évoqué.", "وجرى الحديث عن الطاقة."),
    "الثقافة": ("culture OR الثقافة", "La culture y a eu sa part.", "وكان للجميع حديث عن الثقافة."),
}
"""Each section's query, and the sentences by which an article in French or Arabic is found for it."""
FRENCH = (
    *(
        "Le port de Nador fermé par la tempête",
        "Record d'exportation des phosphates",
        "Un tramway relie Salé au rivage",
    ),
    *("La récolte de blé souffre", "Grève suspendue dans les écoles", "Un entraîneur pour les Lionnes"),
    *("Mosaïque romaine mise au jour", "Taux directeur inchangé", "Quarante rames neuves commandées"),
    *(
        "Saison maigre pour les oliviers",
        "Un satellite universitaire décolle",
        "Saisie de cigarettes à la douane",
    ),
    *("Marathon dans les dunes", "Recours minier rejeté", "Plages d'Agadir pleines à nouveau"),
    *("Criquets signalés au sud", "Rachat d'un cimentier", "Un barrage se remplit enfin"),
    *(
        "Incendie maîtrisé près d'Ifrane",
        "Nouvelle ligne aérienne vers Dakar",
        "Vaccins livrés aux campagnes",
    ),
    *(
        "Un musée rouvre à Tétouan",
        "Tomates : accord avec les grossistes",
        "Séisme léger ressenti à Al Hoceima",
    ),
    *("Bibliothèques ouvertes le dimanche", "Permis de conduire numérique", "Sardines : quota relevé"),
    *("Chantier naval inauguré", "Loyers gelés pour six mois", "Théâtre en plein air annulé"),
)
ARABIC = (
    *("أمطار غزيرة تغلق طريق الجبل", "افتتاح مستشفى جديد في وجدة", "ارتفاع أسعار الزيتون"),
    *("قطار سريع نحو مراكش", "مكتبة وطنية تحتفل بعيدها", "إضراب الأطباء ينتهي"),
    *("اكتشاف مقبرة أثرية", "جامعة تطلق قمرا اصطناعيا", "حريق غابة تحت السيطرة"),
    *("معرض الكتاب يستقبل زواره", "مصنع سيارات يوسع إنتاجه", "هبوط سعر الوقود"),
    *("سد يمتلئ بعد الجفاف", "بطلة تفوز بسباق الصحراء", "مجلس المدينة يقر ميزانيته"),
    *("قانون الإيجار أمام البرلمان", "لقاحات تصل إلى القرى", "ميناء يستقبل أول سفينة"),
    *("مهرجان السينما يعلن قائمته", "تلاميذ يعودون إلى مدارسهم", "حافلات كهربائية في أكادير"),
    *("زلزال خفيف شمال البلاد", "محكمة ترفض طعن الشركة", "جسر جديد فوق النهر"),
    *("بنك مركزي يثبت الفائدة", "مدرب وطني يستقيل", "جراد يهدد الجنوب"),
    *("متحف يسترد تمثالا", "عسل مغشوش في الأسواق", "خط جوي إلى داكار"),
)


async def sixty(desk: Desk) -> None:
    """Have two outlets publish sixty stories, a feed in French and one in Arabic, which four watch lists then find."""
    outlets = {"http://quotidien.example": ("fr", FRENCH), "http://sahifa.example": ("ar", ARABIC)}
    at = utc_now()

    def follow(session: Session) -> None:
        for title, (query, *_said) in SECTIONS.items():
            watch(session, title, topics=[Topic(title, query)], now=at)
        for site, (language, _titles) in outlets.items():
            put(session, site.removeprefix("http://"), [f"{site}/rss"], site=site, language=language, now=at)

    for site, (language, titles) in outlets.items():
        entries = [
            (f"{site}/{place}", f"{title} n{2 * place + (language == 'ar'):02}")
            for place, title in enumerate(titles)
        ]
        desk.outlets.script[f"{site}/rss"] = [feed(*entries, at=at)]
        for place, (link, title) in enumerate(entries):
            _query, french, arabic = list(SECTIONS.values())[place % len(SECTIONS)]
            own = " ".join(f"{word}{place}" for word in titles[place].split())  # words of no other story
            sentence = (french if language == "fr" else arabic).removesuffix(".")
            said = paragraphs(f"{titles[place]}. {own}.", f"{sentence} ({own}).", f"{own}. " * 6)
            desk.outlets.script[link] = [article_page(title, said)]
    await desk.service.database.writing(follow)
    await until(desk, lambda session: _alerts_of(session, SECTIONS) == SIXTY)


def _alerts_of(session: Session, lists: Iterable[str]) -> int:
    query = (
        select(func.count())
        .select_from(Alert)
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
    )
    return session.exec(query.where(col(WatchListRow.name).in_(lists))).one()


def address_of(number: int) -> str:
    """Return where the article of this number is: even ones are French."""
    return f"http://{('quotidien', 'sahifa')[number % 2]}.example/{number // 2}"


def in_order(text: str) -> list[str]:
    """Return the marks of the articles as they come, each where it comes last: contents name them before."""
    last = {mark: at for at, mark in enumerate(re.findall(MARK, text))}
    return sorted(last, key=lambda mark: last[mark])


def by_poppler(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


async def _after(event: asyncio.Event, route: Route) -> None:
    await event.wait()
    await route.continue_()


async def test_sixty_items_stand_in_mail_pdf_and_word_as_the_editor_left_them(stocked: Desk) -> None:
    desk, page = stocked, stocked.page
    await sixty(desk)
    with desk.service.database.write() as session:
        keys = {
            "channels": ["desk"],
            "language": "fr",
            "sections": [{"title": title, "watch": [title], "most": SIXTY} for title in SECTIONS],
            "formats": ["pdf", "docx"],
        }
        make_review(session, "Soixante", keys, now=utc_now())
    await page.goto(f"{desk.url}/reviews")
    await page.get_by_role("button", name="Draft now Soixante").click()
    await page.wait_for_url("**/reviews/editions/*")
    number = int(page.url.rpartition("/")[2])
    items = page.locator("ol.edition > li")
    assert await items.count() == SIXTY
    drafted = in_order(" ".join(await items.locator("h3").all_inner_texts()))
    await items.nth(0).focus()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(items.nth(1)).to_be_focused()
    await items.nth(2).get_by_role("button", name="Remove").click()
    await expect(items).to_have_count(SIXTY - 1)
    with desk.service.database.read() as session:
        left = [
            found[0]
            for item in edition_shown(session, number).shown
            if (found := re.findall(MARK, item.headline))
        ]
    assert left == [drafted[1], drafted[0], *drafted[3:]]
    title = await page.locator("h1").inner_text()
    made = asyncio.Event()
    await page.route("**/file?format=pdf", lambda route: _after(made, route))
    async with page.expect_download() as given:
        await page.get_by_role("link", name="PDF").click()
        await expect(page.get_by_role("status").filter(has_text="being made")).to_be_visible()
        made.set()
    download = await given.value
    assert re.fullmatch(r"Soixante \d{4}-\d\d-\d\d\.pdf", download.suggested_filename)
    assert (await download.path()).read_bytes().startswith(b"%PDF-")
    await expect(page.get_by_text("The file is ready.")).to_be_visible()
    await page.get_by_role("button", name="Approve", exact=True).click()
    mail = await arrived(desk, title)
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert in_order(html.get_content()) == in_order(plain.get_content()) == left
    pdf, word = (part.get_content() for part in mail.iter_attachments())
    told = extract_text(io.BytesIO(pdf))
    assert in_order(told) == left
    if shutil.which("pdftotext") or os.environ.get("CI") == "true":  # what other readers make of it
        told = await asyncio.to_thread(by_poppler, pdf)
        assert in_order(told) == left
        told = " ".join(re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", told).split())
        for (
            mark
        ) in left:  # its number may stand on the other side: readers differ about Latin words in Arabic lines
            number = int(mark[1:])
            assert (FRENCH, ARABIC)[number % 2][number // 2] in told
    parsed = PDFDocument(PDFParser(io.BytesIO(pdf)))
    titles = [title for _level, title, *_rest in parsed.get_outlines()]
    assert [title for title in titles if title in SECTIONS] == list(SECTIONS)
    assert in_order(" ".join(titles)) == left
    document = Word(io.BytesIO(word))
    assert in_order("\n".join(one.text for one in document.paragraphs)) == left
    links = [
        document.part.rels[outside].target_ref
        for one in document.element.body.iter(qn("w:hyperlink"))
        if (outside := one.get(qn("r:id")))
    ]
    assert links == [address_of(int(mark[1:])) for mark in left]
    if SHOTS:
        (Path(SHOTS) / "sixty.pdf").write_bytes(pdf)
        (Path(SHOTS) / "sixty.docx").write_bytes(word)


@pytest.mark.parametrize("code", ["en", "ar"])
async def test_review_goes_from_nothing_to_a_recipient_by_page_alone(stocked: Desk, code: str) -> None:
    desk = stocked
    state = await desk.context.storage_state()
    context = await new_context(desk.browser, locale=code, storage_state=state)
    page = await context.new_page()
    hands, name, who = (
        Hands(page),
        {"en": "Daily digest", "ar": "تقرير الصباح"}[code],
        f"{code}@ministry.example",
    )
    await page.goto(f"{desk.url}/alerts")
    await hands.click(page.locator("nav a[href='/reviews']"))
    await hands.click(page.locator("a[href='/reviews/new']"))
    await hands.fill("input[name=name]", name)
    await desk.shot(f"review-form-{code}", page)
    await hands.click(page.locator("#review-form > fieldset > button:not(.quiet):not(.sr)"))
    row = page.locator("tr", has_text=name)
    await hands.click(row.locator("a[href$='/recipients']"))
    await hands.fill("textarea[name=address]", who)
    await hands.choose("form:not([action*='/recipients/']) select[name=form]", "pdf")
    await hands.click(page.locator("form.stack[action$='/recipients'] button"))
    await expect(page.locator("td > bdi", has_text=who)).to_be_visible()
    await desk.shot(f"review-recipients-{code}", page)
    await hands.click(page.locator("nav a[href='/reviews']"))
    await hands.click(row.locator("form[action$='/draft'] button"))
    await page.wait_for_url("**/reviews/editions/*")
    item = page.locator("ol.edition > li").first
    await hands.click(item.locator("summary"))
    hands.done.append("type a line")
    await item.locator("textarea[name=note]").fill("À lire")
    await hands.click(item.locator("form[action$='/words'] button"))
    await expect(item.locator("em")).to_have_text("À lire")
    assert await page.locator("ol.edition > li").count() >= 20
    await desk.shot(f"review-edition-{code}", page)
    title = await page.locator("h1").inner_text()
    await hands.click(page.locator("form[action$='/approve'] button").first)
    assert len(hands.done) <= MOST_ACTIONS, hands.done

    def mine() -> list[EmailMessage]:
        return [
            mail.message
            for mail in desk.mail.mails
            if mail.recipients == (who,) and mail.message["Subject"] == title
        ]

    await desk.mail.wait_for(lambda: bool(mine()), seconds=PATIENCE_MS / 1000)
    (mail,) = mine()
    html = mail.get_body(("html",))
    assert html is not None
    shown = html.get_content()
    assert (f'lang="{code}"' in shown, "À lire" in shown) == (True, True)
    assert any(title in shown for title in NEWS)
    (file,) = mail.iter_attachments()
    assert file.get_content()[:5] == b"%PDF-"
    if SHOTS:
        (Path(SHOTS) / f"review-{code}.pdf").write_bytes(file.get_content())
        (Path(SHOTS) / f"review-{code}.txt").write_text(f"{len(hands.done)} actions\n", "utf-8")
        await page.goto("about:blank")  # where the policy of our pages does not stop the mail's own styles
        await page.set_content(shown)
        await desk.shot(f"review-mail-{code}", page)
    await context.close()


async def test_sections_are_moved_by_keys_and_faults_are_at_their_fields(stocked: Desk) -> None:
    desk, page = stocked, stocked.page
    await page.goto(f"{desk.url}/reviews/new")
    titles = page.locator("input[name^='title-']")
    before = [await one.input_value() for one in await titles.all()]
    down = page.locator("button[value=down-0]")
    await down.focus()
    await page.keyboard.press("Enter")
    await expect(titles.nth(0)).to_have_value(before[1])
    await expect(titles.nth(1)).to_be_focused()
    await page.locator("button[value=add]").press("Enter")
    await expect(titles.last).to_be_focused()
    await page.keyboard.type("Radio")
    await page.locator("input[name=name]").fill("Faulty")
    await page.locator("select[name=send]").select_option("typed")
    await page.locator("input[name=send_typed]").fill("at dawn")
    await page.locator("input[name=send_typed]").press("Enter")
    await expect(page.locator("#fault-send")).to_be_visible()
    assert await page.locator("select[name=send]").get_attribute("aria-describedby") == "fault-send"
    await expect(titles.last).to_have_value("Radio")
    assert [line for line in desk.said if "409" not in line] == []
