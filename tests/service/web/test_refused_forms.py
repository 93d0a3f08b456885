"""Every form of the pages, sent with what it must refuse: said at the field, in the reader's language; what was typed stays."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import pytest_asyncio
from lxml.html import FormElement, HtmlElement, document_fromstring
from playwright.async_api import APIResponse, BrowserContext, Page, Route

from tests.service.web.accessible import faults, unfold
from tests.service.web.conftest import Desk, new_context
from tests.service.web.stock import FIRST, alert_titled, stock
from tests.service.web.test_pages import PAGES

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPOKEN = ("ar", "fr", "es") if os.environ.get("EVERY_LOOK") else ("ar",)
"""Beside English."""
WRONG = {"number": "many", "email": "nobody", "time": "25:99", "date": "soon", "datetime-local": "soon"}
"""What is no value of such a field, though a browser's own check is passed by."""
LONG = "( " + "x" * 6_000
"""Longer than any name; no query, address, number or code."""
SECRET = {"cookies", "code"}
"""Fields of which nothing is shown again."""
ELSEWHERE = {"/alerts/triage", "/alerts/N/triage", "/alerts/N/same", "/outlets/bulk", "/searches"}
"""Small forms beside others, which are refused on a page of its own."""


@dataclass(frozen=True)
class Sent:
    """A form that is sent with one field wrong."""

    address: str
    field: str
    value: str
    body: str

    @property
    def path(self) -> str:
        return _path(self.address)

    def __str__(self) -> str:
        return f"{self.path} {self.field}={self.value[:10]!r}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stocked(desk: Desk) -> AsyncIterator[Desk]:
    await stock(desk)
    PAGES["alert"] = f"/alerts/{await alert_titled(desk, FIRST)}"
    yield desk


@pytest.mark.thorough
async def test_what_a_form_refuses_is_said_at_its_field(stocked: Desk) -> None:
    english = await _walker(stocked, "en")
    sent = [each async for each in _forms(stocked, english)]
    assert len({each.path for each in sent}) > 25
    said: dict[Sent, str] = {}
    wrong: list[str] = []
    for each in sent:
        answer = await _answer(english, each)
        assert answer.status < 500, each
        if answer.status == 422 and each.path not in ELSEWHERE:
            said[each] = await _look(stocked, english, each, answer, wrong, is_new=True)
    for code in SPOKEN:
        looked_at: set[str] = set()
        told_already: set[str] = set()
        walker = await _walker(stocked, code)
        for each, words in said.items():
            is_new = each.path not in looked_at
            if not is_new and words in told_already:
                continue
            looked_at.add(each.path)
            told_already.add(words)
            told = await _look(stocked, walker, each, await _answer(walker, each), wrong, is_new=is_new)
            if told == words:
                wrong.append(f"{each}: {told!r} in {code}")
    assert wrong == [], "\n".join(wrong)


@dataclass
class Walker:
    """Who sends forms, in a language."""

    code: str
    context: BrowserContext
    page: Page
    judged: set[str]
    """Whose answers axe saw."""


async def _walker(desk: Desk, code: str) -> Walker:
    state = await desk.context.storage_state()
    context = await new_context(desk.browser, locale=code, storage_state=state)
    return Walker(code, context, await context.new_page(), set())


async def _forms(desk: Desk, walker: Walker) -> AsyncIterator[Sent]:
    """Give each form of the pages once, with each of its fields wrong in turn."""
    seen: set[tuple[str, ...]] = set()
    for path in PAGES.values():
        answer = await walker.context.request.get(desk.url + path)
        document = document_fromstring(await answer.text())
        for form in document.forms:
            if form.method != "POST":
                continue
            address = urljoin(desk.url + path, form.action)
            key = (_path(address), *sorted(name for name, _kind, _required in _typed(form)))
            if key not in seen:
                seen.add(key)
                for each in _wrongly(form, address):
                    yield each


def _typed(form: FormElement) -> Iterator[tuple[str, str, bool]]:
    """Give the fields of a form that are typed into."""
    for field in form.iter("input", "textarea"):
        kind = "text" if field.tag == "textarea" else field.get("type", "text")
        if field.get("name") and kind in {"text", "url", *WRONG}:
            yield field.get("name"), kind, field.get("required") is not None


def _wrongly(form: FormElement, address: str) -> Iterator[Sent]:
    lacking = {name for name, _kind, required in _typed(form) if required and not form.fields.get(name)}
    for name, kind, required in _typed(form):
        if lacking - {name} and not required:
            continue  # what is missing is told first
        for value in (WRONG.get(kind, LONG), *([""] if required else [])):
            fields = [(key, value if key == name else old) for key, old in form.form_values()]
            yield Sent(address, name, value, urlencode(fields))


def _path(address: str) -> str:
    return re.sub(r"\d+", "N", urlsplit(address).path)


async def _answer(walker: Walker, sent: Sent) -> APIResponse:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": walker.code}
    return await walker.context.request.post(sent.address, data=sent.body, headers=headers, max_redirects=0)


async def _look(
    desk: Desk, walker: Walker, sent: Sent, answer: APIResponse, wrong: list[str], *, is_new: bool
) -> str:
    """Note what is wrong with an answer; return what it says."""
    body = await answer.text()
    document = document_fromstring(body)
    invalid = document.xpath("//*[@aria-invalid='true']")
    said = " ".join(_described(document, field) for field in invalid)
    if document.get("lang") != walker.code:
        wrong.append(f"{sent}: in {document.get('lang')}")
    if not said.strip():
        wrong.append(f"{sent}: no field has the message, {walker.code}")
    if len(said) > 600 * max(1, len(invalid)):
        wrong.append(f"{sent}: a message of {len(said)} characters")
    if sent.field not in SECRET and sent.value not in _values(document, sent.field):
        wrong.append(f"{sent}: what was typed is gone")
    if is_new and sent.path not in walker.judged:
        walker.judged.add(sent.path)
        await walker.page.route("**/answered", partial(_give, body=body, headers=answer.headers))
        await walker.page.goto(f"{desk.url}/answered")
        await unfold(walker.page)
        await desk.shot(f"refused{sent.path.replace('/', '-')}-{walker.code}", walker.page)
        wrong += [f"{sent}: {fault}, {walker.code}" for fault in await faults(walker.page)]
        await walker.page.unroute("**/answered")
    return said


async def _give(route: Route, *, body: str, headers: dict[str, str]) -> None:
    kept = {name: headers[name] for name in ("content-type", "content-security-policy")}
    await route.fulfill(body=body, headers=kept)


def _described(document: HtmlElement, field: HtmlElement) -> str:
    """Return the messages that a field points to, without the query that one shows whole with the place at fault."""
    for shown in document.xpath("//pre"):
        shown.drop_tree()
    found = (document.get_element_by_id(name, None) for name in field.get("aria-describedby", "").split())
    return " ".join(each.text_content().strip() for each in found if each is not None)


def _values(document: HtmlElement, name: str) -> list[str]:
    fields = document.xpath("//input[@name=$name] | //textarea[@name=$name]", name=name)
    return [(field.value or "").strip() for field in fields]
