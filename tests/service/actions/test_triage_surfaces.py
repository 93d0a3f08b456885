"""Alerts are dealt with alike by the command line, the API and the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from service.cli.app import app
from service.clock import utc_now
from storage.rows import id_of
from storage.stores.alerts.triage import UNHANDLED, Handling
from storage.tables import TriageAct
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on
from tests.triaged import add_alert, handling

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def alerts(house: House) -> list[int]:
    with house.served.service.database.write() as session:
        stamp = utc_now()
        return [add_alert(session, f"{stamp} {place}", at=stamp) for place in range(2)]


def deal(house: House, surface: str, numbers: list[int], **change: str) -> Answer:
    """Ask a surface for a change: `state`, `assignee`, `note`, `tag`, `due`."""
    if surface == "API":
        body: dict[str, Any] = {"alerts": numbers}
        for key, value in change.items():
            body |= (
                {"add_tags": [value]} if key == "tag" else {"due_at": value} if key == "due" else {key: value}
            )
        return house.call("POST", "/alerts/triage", body)
    if surface == "page":
        names = {"tag": "tags", "due": "due_at"}
        form = {
            names.get(key, key): f"={value}" if key == "assignee" else value for key, value in change.items()
        }
        return house.send("/alerts/triage", {"alert": [str(number) for number in numbers], **form})
    options = {"assignee": "--assign"}
    words = [word for key, value in change.items() for word in (options.get(key, f"--{key}"), value)]
    return house.command("alerts", "mark", *map(str, numbers), *words, "--by", "ed")


def stands(house: House, number: int) -> Handling:
    with house.served.service.database.read() as session:
        return handling(session, number)


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_deals_with_alerts(house: House, surface: str, alerts: list[int]) -> None:
    person = "ed"
    assert deal(
        house,
        surface,
        alerts,
        state="done",
        assignee=person,
        note="Called.",
        tag="visit",
        due="2026-12-01T17:00Z",
    ).done
    for number in alerts:
        assert stands(house, number) == Handling(
            "done", person, datetime(2026, 12, 1, 17, 0, tzinfo=UTC), ("visit",), 1
        )
    with house.served.service.database.read() as session:
        act = session.exec(select(TriageAct).order_by(col(TriageAct.id).desc())).first()
        assert act is not None
        number = id_of(act)
    if surface == "API":
        assert house.call("POST", f"/alerts/acts/{number}/undo").done
    elif surface == "page":
        assert house.send(f"/alerts/acts/{number}/undo", {}).done
    else:
        assert house.command("alerts", "undo", str(number)).done
    assert [stands(house, one) for one in alerts] == [UNHANDLED, UNHANDLED]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"state": "asleep"}, "is not a state", id="state"),
        pytest.param({"assignee": "nobody here"}, "There is no user", id="assignee"),
        pytest.param({"note": "x" * 5001}, "5001", id="note"),
    ],
)
def test_each_surface_refuses_alike(
    house: House, surface: str, alerts: list[int], change: dict[str, str], words: str
) -> None:
    answer = deal(house, surface, alerts, **change)
    assert not answer.done
    assert words in answer.words.replace("\u202f", "").replace(",", "")
    assert [stands(house, one) for one in alerts] == [UNHANDLED, UNHANDLED]


def test_an_opened_alert_is_seen_by_who_opened_it_alone(house: House, alerts: list[int]) -> None:
    first = alerts[0]
    assert house.page.get(f"/alerts/{first}").status_code == 200
    found = house.api.get(f"/api/v1/alerts/{first}").json()["triage"]
    assert (found["seen_by"], found["state"]) == (["ed"], "new")
    assert house.send(f"/alerts/{first}/unseen", {}).done
    assert house.api.get(f"/api/v1/alerts/{first}").json()["triage"]["seen_by"] == []
    assert house.command("alerts", "seen", str(first), "--by", "ed").done
    assert house.call("PUT", f"/alerts/{first}/seen", {"person": "ed"}).done
    assert house.api.get(f"/api/v1/alerts/{first}").json()["triage"]["seen_by"] == ["ed"]
    assert house.call("DELETE", f"/alerts/{first}/seen?person=ed").done
    assert not house.call("PUT", f"/alerts/{first}/seen", {"person": "nobody"}).done


def test_views_of_the_api_and_the_page(house: House, alerts: list[int]) -> None:
    first, second = alerts
    assert deal(house, "API", [first], assignee="ed", tag="boats").done
    query = "/api/v1/alerts?view=mine&person=ed&tag=boats"
    assert [one["id"] for one in house.api.get(query).json()["items"]] == [first]
    unassigned = house.api.get("/api/v1/alerts?view=unassigned&limit=200").json()["items"]
    assert second in {one["id"] for one in unassigned}
    assert first not in {one["id"] for one in unassigned}
    assert house.api.get("/api/v1/alerts?view=mine").status_code == 422  # a token is nobody
    page = house.page.get("/alerts?view=mine&tag=boats").text
    assert f'id="alert-{first}"' in page
    assert f'id="alert-{second}"' not in page
    assert len(house.page.get("/alerts/export?view=mine&tag=boats&format=json").json()) == 1
    assert house.command("alerts", "list", "--view", "today").done


def test_a_due_time_of_the_page_is_in_the_zone_of_the_browser(house: House, alerts: list[int]) -> None:
    first = alerts[0]
    house.page.cookies.set("tocsin_zone", "Asia%2FTokyo")
    try:
        assert deal(house, "page", [first], due="2026-12-01T17:00").done
        assert stands(house, first).due_at == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
        assert 'value="2026-12-01T17:00"' in house.page.get(f"/alerts/{first}").text
    finally:
        house.page.cookies.delete("tocsin_zone")


def test_a_row_is_changed_in_place_and_back(house: House, alerts: list[int]) -> None:
    number = alerts[0]
    form = {"csrf": house.csrf, "alert": str(number), "in_list": "1", "state": "in-hand"}
    row = house.page.post("/alerts/triage", data=form, headers={"HX-Request": "true"}).text
    assert f'id="alert-{number}"' in row
    assert stands(house, number) == Handling("in-hand", "ed")
    undo_at = row.split('action="/alerts/acts/')[1].split("/undo")[0]
    back = {"csrf": house.csrf, "in_list": "1"}
    again = house.page.post(f"/alerts/acts/{undo_at}/undo", data=back, headers={"HX-Request": "true"}).text
    assert f'id="alert-{number}"' in again
    assert stands(house, number) == UNHANDLED


def test_the_way_back_stays_on_our_pages(house: House, alerts: list[int]) -> None:
    form = {"csrf": house.csrf, "alert": str(alerts[0]), "state": "seen", "here": "//evil.example/alerts"}
    answer = house.page.post("/alerts/triage", data=form, follow_redirects=False)
    assert answer.headers["location"].startswith("/alerts?act=")


def test_json_of_the_command_line_says_how_alerts_are_dealt_with(house: House, alerts: list[int]) -> None:
    assert deal(house, "command line", alerts, state="in-hand").done
    shown = CliRunner().invoke(
        app, ["alerts", "list", "--state", "in-hand", "--json", "--settings", str(house.settings)]
    )
    found = {one["id"]: one["triage"] for one in json.loads(shown.stdout)}
    assert found[alerts[0]]["assignee"] == "ed"
