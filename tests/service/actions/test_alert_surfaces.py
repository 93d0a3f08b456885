"""Alerts dismissed several at a time, taken back, and saved as a file, by the command line, the API and the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from sqlmodel import Session, select

from service.actions import exports
from service.web.pages.alerts import PAGE
from storage.rows import id_of
from storage.stores.alerts.dismissals import dismissal_of
from storage.tables import Alert, Article, ArticleVersion, Outlet
from tests.alerts.delivery.rows import add_alert
from tests.conftest import START
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make(session: Session, title: str = "Talks in Rabat", *, score: float = 0.0, days: int = 0) -> int:
    """Add an alert on an article that came out so many days ago; return its number."""
    number = add_alert(session)
    alert = session.get_one(Alert, number)
    article = session.get_one(Article, alert.article_id)
    alert.score, alert.came_out_at = score, START - timedelta(days=days)
    article.published_at = alert.came_out_at
    article.version = 1
    version = ArticleVersion(article_id=id_of(article), number=1, seen_at=START, title=title, text="…")
    session.add(version)
    session.flush()
    return number


def alerts(house: House, *titles: str, **columns: Any) -> list[int]:  # noqa: ANN401
    with house.served.service.database.write() as session:
        return [make(session, title, **columns) for title in titles]


def dismiss(house: House, surface: str, numbers: list[int], *, undo: bool = False) -> Answer:
    if surface == "API":
        return house.call("POST", "/alerts/dismissals", {"alerts": numbers, "undo": undo})
    if surface == "page":
        return house.send("/alerts/dismiss", {"alert": numbers, **({"undo": "1"} if undo else {})})
    return house.command("alerts", "dismiss", *map(str, numbers), *(["--undo"] if undo else []))


def dismissed(house: House, numbers: list[int]) -> list[bool]:
    with house.served.service.database.read() as session:
        return [dismissal_of(session, number) is not None for number in numbers]


def test_several_are_dismissed_and_taken_back(house: House, surface: str) -> None:
    numbers = alerts(house, "One", "Two")
    assert dismiss(house, surface, numbers).done
    assert dismissed(house, numbers) == [True, True]
    assert dismiss(house, surface, numbers, undo=True).done
    assert dismissed(house, numbers) == [False, False]


def test_all_or_none_are_dismissed(house: House, surface: str) -> None:
    numbers = alerts(house, "One")
    answer = dismiss(house, surface, [*numbers, 99_999])
    assert (answer.done, "no alert 99999" in answer.words) == (False, True)
    assert dismissed(house, numbers) == [False]


def test_page_offers_to_undo(house: House) -> None:
    numbers = alerts(house, "One", "Two", "Three")
    answer = house.page.post(
        "/alerts/dismiss", data={"csrf": house.csrf, "alert": numbers[:2], "here": "/alerts?language=en"}
    )
    assert answer.headers["location"].startswith("/alerts?language=en&gone=")
    page = house.page.get(answer.headers["location"]).text
    assert "2 alerts are dismissed." in page
    assert f'name="alert" value="{numbers[0]}"' in page
    elsewhere = house.page.post(
        "/alerts/dismiss", data={"csrf": house.csrf, "alert": numbers, "here": "//evil.example"}
    )
    assert elsewhere.headers["location"].startswith("/alerts?gone=")


def test_a_row_is_dismissed_in_place_and_comes_back(house: House) -> None:
    (number,) = alerts(house, "Talks that come back")

    def send(**fields: str) -> str:
        sent = {"csrf": house.csrf, "in_list": "1", **fields}
        answer = house.page.post(f"/alerts/{number}/dismiss", data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer.text

    gone = send()
    assert f"Alert {number} is dismissed." in gone
    assert "Undo" in gone
    back = send(undo="1")
    assert "Talks that come back" in back
    assert f'value="{number}" form="many"' in back
    sent = {"csrf": house.csrf, "in_list": "1", "alert": str(number)}
    by_button = house.page.post("/alerts/dismiss", data=sent, headers={"HX-Request": "true"})
    assert by_button.text == gone, "the buttons of rows share a form"


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_a_full_page_of_alerts_is_small(house: House, language: str) -> None:
    with house.served.service.database.write() as session:
        if session.exec(select(Outlet).where(Outlet.name == "Gazette 199")).first() is None:
            session.add_all(Outlet(name=f"Gazette {number}", created_at=START) for number in range(200))
            for _alert in range(PAGE):
                make(
                    session,
                    "ناصر بوريطة يجري مباحثات هاتفية مع نظيرته السنغالية حول العلاقات الثنائية",
                    score=10,
                )
    page = house.page.get("/alerts", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in page.text
    assert page.text.count('<li class="alert') == PAGE
    assert page.text.count("<form") < PAGE
    assert len(page.content) < 75_000, "the sentences with what was found are not in it: 25 kB of Arabic"


def test_a_filtered_view_is_saved(house: House) -> None:
    alerts(house, "=HYPERLINK(1)", "القمة", score=90, days=3)
    alerts(house, "Newer", score=91, days=1)
    alerts(house, "Not relevant enough", score=10)
    found = house.page.get("/alerts/export", params={"score": "80"})
    assert found.headers["content-disposition"] == 'attachment; filename="alerts.csv"'
    table = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"), newline="")))
    assert [row["title"] for row in table] == ["Newer", "القمة", "'=HYPERLINK(1)"], "newest publication first"
    assert table[0]["relevance"] == "91.0"
    records = house.api.get("/api/v1/alerts/export", params={"min_score": 80}).json()
    assert {row["title"] for row in records} == {"Newer", "القمة", "=HYPERLINK(1)"}
    sheet = house.api.get("/api/v1/alerts/export", params={"min_score": 80, "format": "xlsx"})
    with ZipFile(io.BytesIO(sheet.content)) as book:
        assert "القمة" in book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    arabic = house.page.get(
        "/alerts/export", params={"score": "80", "format": "xlsx"}, headers={"Accept-Language": "ar"}
    )
    with ZipFile(io.BytesIO(arabic.content)) as book:
        assert "قائمة المتابعة" in book.read("xl/sharedStrings.xml").decode()
        assert 'rightToLeft="1"' in book.read("xl/worksheets/sheet1.xml").decode()
    assert house.api.get("/api/v1/alerts/export", params={"format": "exe"}).status_code == 422
    page = house.page.get("/alerts", params={"score": "80"}).text
    assert "/alerts/export?score=80&amp;format=xlsx" in page


@on_both
def test_a_long_view_is_saved_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    with house.served.service.database.write() as session:
        numbers = {make(session, f"Long {place}", score=99, days=place % 2) for place in range(5)}
    found = house.api.get("/api/v1/alerts/export", params={"min_score": 99})
    assert {row["alert"] for row in json.loads(found.content)} == numbers
    assert len(found.json()) == 5
