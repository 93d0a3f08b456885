"""A report comes to the same by the command line, the API and the page; what can't be asked is one clear error on each."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from service.cli.app import app
from service.clock import utc_now
from tests.archive import add_channel, watch
from tests.databases import on_sqlite
from tests.service.actions.surfaces import House, house_on
from tests.service.reports.test_reports import raised, volume

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        at = (utc_now().replace(day=1) - timedelta(days=10)).replace(hour=9)
        with running.served.service.database.write() as session:
            watch(session, "Energy", actors=["Benali"])
            add_channel(session)
            volume(session, at, 5, name="Benali", outlet="Gazette", language="fr")
            raised(session, "Refinery <opens>", at=at, sent=None)
        yield running


def of_command(house: House, *words: str) -> Any:  # noqa: ANN401
    result = CliRunner().invoke(app, ["report", *words, "--settings", str(house.settings)])
    assert result.exit_code == 0, result.output
    return result


def test_surfaces_tell_the_same_numbers(house: House) -> None:
    by_api = house.api.get("/api/v1/report").json()
    by_command = json.loads(of_command(house, "--json").stdout)
    assert by_command["watch_lists"] == by_api["watch_lists"]
    assert (by_api["articles"], by_api["stories"][0]["headline"]) == (
        {"now": 5, "before": 0},
        "Refinery <opens>",
    )
    assert by_command["since"] == by_api["since"]
    page = house.page.get("/trends/report").text
    assert "Refinery &lt;opens&gt;" in page
    assert "Stories of the month" in page
    assert "Energy" in of_command(house).stdout


def test_files_come_from_each_surface(house: House) -> None:
    house.settings.parent.joinpath("out").mkdir(exist_ok=True)
    for kind, begins in (("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK")):
        of_api = house.api.get("/api/v1/report/file", params={"format": kind, "language": "ar"})
        assert (of_api.status_code, of_api.content[: len(begins)]) == (200, begins)
        of_page = house.page.get("/trends/report/file", params={"format": kind, "watch": "Energy"})
        assert re.search(rf'filename="report \d{{4}}-\d\d\.{kind}"', of_page.headers["content-disposition"])
    output = house.settings.parent / "report.xlsx"
    of_command(house, "--watch", "Energy", "--language", "fr", "-o", str(output))
    book = load_workbook(io.BytesIO(output.read_bytes()))
    assert book["Listes de veille"]["B2"].value == 5


@pytest.mark.parametrize(
    ("option", "parameter", "value", "said"),
    [
        ("MONTH", "month", "2026-13", "is not a month"),
        ("--name", "name", "Benall", "did you mean 'Benali'"),
        ("--zone", "zone", "Moon/Base", "is not a time zone"),
    ],
)
def test_what_cannot_be_asked_is_one_error(
    house: House, option: str, parameter: str, value: str, said: str
) -> None:
    told = house.command("report", *([value] if option == "MONTH" else [option, value]))
    assert (told.done, said in told.words, "Traceback" in told.words) == (False, True, False)
    answer = house.api.get("/api/v1/report", params={parameter: value})
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True)
    if parameter != "zone":  # the browser's, on the page
        page = house.page.get("/trends/report", params={parameter: value})
        assert (page.status_code, 'role="alert"' in page.text) == (422, True)


def test_file_of_a_format_that_there_is_not_is_refused(house: House) -> None:
    assert not house.command("report", "-o", "report.odt").done
    assert house.api.get("/api/v1/report/file?format=odt").status_code == 422
