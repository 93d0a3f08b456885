"""Folders come to the same by the command line, the API and the page."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest

from service.actions.folders import ShownFolder, folder_shown
from service.clock import utc_now
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on
from tests.triaged import add_alert

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        with running.served.service.database.write() as session:
            add_alert(session, "Fishing <talks>", at=utc_now())
        yield running


def ask(house: House, surface: str, verb: str, name: str, number: int, **given: str) -> Answer:
    """Ask a surface for one act on a folder: its page and the API know it by its number."""
    if surface == "command line":
        words = {
            "add": ("add", name),
            "file": ("file", name, "--alert", given.get("alert", "")),
            "fetch": ("file", name, "--url", given.get("url", "")),
            "note": ("note", name, given.get("text", "")),
            "close": ("close", name, "--reason", given.get("reason", "")),
            "reopen": ("reopen", name),
            "remove": ("remove", name),
        }
        return house.command("folders", *words[verb])
    if surface == "API":
        calls: dict[str, tuple[str, str, dict[str, object] | None]] = {
            "add": ("POST", "/folders", {"name": name}),
            "file": (
                "POST",
                f"/folders/{number}/items",
                {"kind": "alert", "number": int(given.get("alert", 0))},
            ),
            "fetch": ("POST", f"/folders/{number}/items", {"url": given.get("url", "")}),
            "note": ("POST", f"/folders/{number}/notes", {"text": given.get("text", "")}),
            "close": ("POST", f"/folders/{number}/close", {"reason": given.get("reason", "")}),
            "reopen": ("POST", f"/folders/{number}/reopen", None),
            "remove": ("DELETE", f"/folders/{number}", None),
        }
        method, path, body = calls[verb]
        return house.call(method, path, body)
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "add": ("/folders", {"name": name}),
        "file": (f"/folders/{number}/items", {"kind": "alert", "what": given.get("alert", "")}),
        "fetch": (f"/folders/{number}/items", {"kind": "page", "what": given.get("url", "")}),
        "note": (f"/folders/{number}/notes", {"text": given.get("text", "")}),
        "close": (f"/folders/{number}/close", {"reason": given.get("reason", "")}),
        "reopen": (f"/folders/{number}/reopen", {}),
        "remove": (f"/folders/{number}/remove", {}),
    }
    path, form = forms[verb]
    return house.send(path, form)


def shown(house: House, name: str) -> ShownFolder:
    with house.served.service.database.read() as session:
        return folder_shown(session, name)


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_fills_closes_and_removes_a_folder(house: House, surface: str) -> None:
    name = f"Fishing by the {surface}"
    assert ask(house, surface, "add", name, 0).done
    again = ask(house, surface, "add", name, 0)
    assert (again.done, "already" in again.words) == (False, True)
    number = shown(house, name).listed.id
    assert ask(house, surface, "file", name, number, alert="1").done
    missing = ask(house, surface, "file", name, number, alert="9999")
    assert (missing.done, "There is no alert 9999" in missing.words.replace(",", "")) == (False, True)
    unreached = ask(house, surface, "fetch", name, number, url="https://nowhere.example/1")
    assert (unreached.done, "could not be fetched" in unreached.words) == (False, True)
    assert ask(house, surface, "note", name, number, text="Called the ministry.").done
    assert ask(house, surface, "close", name, number, reason="Signed.").done
    closed = ask(house, surface, "note", name, number, text="More")
    assert (closed.done, "is closed" in closed.words) == (False, True)
    found = shown(house, name)
    assert [one.title for one in found.items] == ["Fishing <talks>"]
    assert [one.text for one in found.notes] == ["Called the ministry."]
    assert found.listed.closed_reason == "Signed."
    assert ask(house, surface, "reopen", name, number).done
    assert ask(house, surface, "remove", name, number).done
    assert name not in house.page.get("/folders").text


def test_page_shows_the_folder_and_gives_its_archive(house: House) -> None:
    assert house.send("/folders", {"name": "To be saved", "about": "Boats & nets"}).done
    number = shown(house, "To be saved").listed.id
    assert house.send("/alerts/1/file", {"folder": str(number)}).done
    page = house.page.get(f"/folders/{number}").text
    assert "Fishing &lt;talks&gt;" in page
    assert "Boats &amp; nets" in page
    for client, path in (
        (house.page, f"/folders/{number}/archive"),
        (house.api, f"/api/v1/folders/{number}/archive"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        with ZipFile(BytesIO(answer.content)) as archive:
            assert "SHA256SUMS" in archive.namelist()
    out = house.settings.parent / "saved.zip"
    assert house.command("folders", "export", "To be saved", "-o", str(out)).done
    with ZipFile(out) as archive:
        assert "folder.pdf" in archive.namelist()
