"""Several outlets at once, by the command line, the API and the page: all or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from storage.stores.feeds.outlet_edits import StoredOutlet, outlet_called
from tests.archive import put
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def names(house: House) -> list[str]:
    made = [f"outlet {uuid4().hex[:8]}" for _ in range(2)]
    with house.served.service.database.write() as session:
        for name in made:
            put(session, name, [f"https://{name[7:]}.example/rss"], language="en", country="MA")
    return made


def stored(house: House, name: str) -> StoredOutlet:
    with house.served.service.database.read() as session:
        found = outlet_called(session, name)
    assert found is not None
    return found


def act(house: House, surface: str, do: str, names: list[str], tag: str = "") -> Answer:
    if surface == "API":
        with house.served.service.database.read() as session:
            found = [outlet_called(session, name) for name in names]
        numbers = [each.id if each is not None else 99_999 for each in found]
        return house.call("POST", "/outlets/bulk", {"outlets": numbers, "do": do, "tag": tag})
    if surface == "page":
        return house.send("/outlets/bulk", {"outlet": names, "do": do, "tag": tag})
    return house.command("outlets", "bulk", do, *names, *(["--tag", tag] if tag else []))


def test_several_are_paused_resumed_tagged_and_removed(house: House, surface: str, names: list[str]) -> None:
    assert act(house, surface, "pause", names).done
    assert all(stored(house, name).paused_at is not None for name in names)
    assert act(house, surface, "resume", names).done
    assert all(stored(house, name).paused_at is None for name in names)
    assert act(house, surface, "poll", names).done
    assert act(house, surface, "tag", names, "morning").done
    assert act(house, surface, "tag", names, "morning").done
    assert [stored(house, name).values.tags for name in names] == [("morning",), ("morning",)]
    assert act(house, surface, "untag", names, "morning").done
    assert [stored(house, name).values.tags for name in names] == [(), ()]
    assert act(house, surface, "remove", names).done
    assert not any(stored(house, name).is_active for name in names)


def test_all_or_none(house: House, surface: str, names: list[str]) -> None:
    answer = act(house, surface, "remove", [*names, "Declared"])
    assert (answer.done, "declared in the settings file" in answer.words) == (False, True)
    assert all(stored(house, name).is_active for name in names)
    assert not act(house, surface, "tag", names).done, "no tag is named"


def listed(house: House, path: str) -> list[str]:
    return re.findall(r'name="outlet" value="([^"]+)" form="bulk"', house.page.get(path).text)


def test_outlets_are_found_and_sorted(house: House, names: list[str]) -> None:
    assert listed(house, f"/outlets?search={names[0][7:]}") == [names[0]]
    assert set(names) <= set(listed(house, "/outlets?country=MA&language=en"))
    assert listed(house, "/outlets?country=FR") == []
    assert "Declared" not in listed(house, "/outlets?country=MA")
    everything = listed(house, "/outlets")
    for sort in ("articles", "success"):
        assert sorted(listed(house, f"/outlets?sort={sort}")) == sorted(everything)
    sent = {"outlet": names, "do": "pause", "here": "/outlets?country=MA", "csrf": house.csrf}
    assert house.page.post("/outlets/bulk", data=sent).headers["location"] == "/outlets?country=MA"
    assert (
        house.page.post("/outlets/bulk", data={**sent, "here": "//evil.example"}).headers["location"]
        == "/outlets"
    )
