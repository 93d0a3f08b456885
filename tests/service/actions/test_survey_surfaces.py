"""Many addresses at once come to the same by the command line, the API and the page: read, shown, added and refused alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.actions.surveys import survey_shown
from service.clock import utc_now
from service.upkeep import Upkeep, UpkeepOptions
from storage.stores.feeds.outlet_edits import StoredOutlet, outlet_called
from storage.stores.feeds.surveys import (
    WantedAddress,
    count_surveys,
    survey_numbered,
)
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on
from tests.surveyed import feed_at, found, list_at, looked_at

pytestmark = on_sqlite
NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def host() -> str:
    return f"h{uuid4().hex[:8]}.example"


def begin(house: House, surface: str, text: str, **others: Any) -> Answer:  # noqa: ANN401
    if surface == "API":
        return house.call("POST", "/surveys", {"text": text, **others})
    if surface == "page":
        form = {key: ",".join(value) if isinstance(value, list) else value for key, value in others.items()}
        return house.send("/outlets/surveys", {"addresses": text, **form})
    options = []
    for key, value in others.items():
        for one in value if isinstance(value, list) else [value]:
            options += [f"--{'tag' if key == 'tags' else key}", one]
    file = house.settings.parent / "pasted.txt"
    file.write_text(text, encoding="utf-8")
    return house.command("outlets", "survey", str(file), *options)


def add(house: House, surface: str, number: int, rows: Sequence[tuple[int, int]] | None) -> Answer:
    if surface == "API":
        given = None if rows is None else [{"row": row, "option": option} for row, option in rows]
        return house.call("POST", f"/surveys/{number}/add", {"rows": given})
    if surface == "page":
        ticked = rows if rows is not None else [(row, 0) for row in found_rows(house, number)]
        options = {f"option-{row}": str(option) for row, option in ticked}
        return house.send(
            f"/outlets/surveys/{number}/add", {"row": [str(row) for row, _ in ticked], **options}
        )
    words = "all" if rows is None else ",".join(str(row) for row, _option in rows)
    return house.command("outlets", "survey", "--number", str(number), "--add", words)


def found_rows(house: House, number: int) -> list[int]:
    with house.served.service.database.read() as session:
        return [
            row.place for row in survey_shown(session, number, now=utc_now()).rows if row.state == "found"
        ]


def newest_survey(house: House) -> int:
    with house.served.service.database.read() as session:
        return max((one.id for one in count_surveys(session, limit=1)), default=0)


def outlet(house: House, name: str) -> StoredOutlet:
    with house.served.service.database.read() as session:
        found = outlet_called(session, name)
    assert found is not None, name
    return found


def test_what_is_pasted_is_stored_alike(house: House, surface: str, host: str) -> None:
    text = f"name,site,country\nGazette,https://a.{host},Morocco\nHerald,https://b.{host},\nOdd,,\n"
    before = newest_survey(house)
    assert begin(house, surface, text, language="FR", country="es", tags=["press", "daily"]).done
    number = newest_survey(house)
    assert number > before
    with house.served.service.database.read() as session:
        stored = survey_numbered(session, number, now=utc_now())
    assert stored is not None
    assert [one.wanted for one in stored.addresses] == [
        WantedAddress(
            f"https://{a}.{host}",
            f"{a}.{host}",
            name,
            f"https://{a}.{host}",
            "fr",
            country,
            ("press", "daily"),
        )
        for a, name, country in (("a", "Gazette", "MA"), ("b", "Herald", "ES"))
    ]


@pytest.mark.parametrize(
    ("text", "others", "key", "words"),
    [
        pytest.param("nothing\nhere", {}, "addresses", "There is no address in it", id="no address"),
        pytest.param(
            "a.example", {"language": "Klingonese"}, "language", "not a language code", id="language"
        ),
        pytest.param("a.example", {"country": "Morocco"}, "country", "did you mean MA?", id="country"),
        pytest.param("a.example", {"tags": ["x" * 201]}, "tags", "1 to 200 printable", id="tag"),
    ],
)
def test_what_cannot_be_is_refused_alike(
    house: House, surface: str, text: str, others: dict[str, Any], key: str, words: str
) -> None:
    before = newest_survey(house)
    answer = begin(house, surface, text, **others)
    assert (answer.done, newest_survey(house)) == (False, before)
    if surface == "API" and key == "tags":
        return  # its document says so already
    assert words in " ".join(answer.words.split())
    assert answer.key == (None if surface == "command line" else key)


@on_both
def test_ticked_rows_are_added_alike(house: House, surface: str, host: str) -> None:
    one, two, three = (f"https://{name}.{host}/" for name in "abc")
    number = looked_at(
        house.served.service.database,
        (
            WantedAddress(one, f"a.{host}", country="MA", tags=("press",)),
            found(one, feed_at(one + "rss", f"A {host}")),
        ),
        (WantedAddress(two, f"b.{host}", f"B {host}"), found(two, list_at(two + "press"))),
        (WantedAddress(three, f"c.{host}"), found(three)),
    )
    assert add(house, surface, number, [(1, 0), (2, 0)]).done
    first, second = outlet(house, f"A {host}").values, outlet(house, f"B {host}").values
    assert (first.site, first.feeds, first.language, first.country, first.tags) == (
        one,
        (one + "rss",),
        "en",
        "MA",
        ("press",),
    )
    assert (second.site, second.feeds, second.language) == (two, (), "fr")
    assert [(source.kind, source.address) for source in second.sources] == [("list", two + "press")]
    with house.served.service.database.read() as session:
        shown = survey_shown(session, number, now=utc_now())
    assert [(row.state, row.outlet) for row in shown.rows] == [
        ("added", f"A {host}"),
        ("added", f"B {host}"),
        ("nothing", ""),
    ]
    refused = add(house, surface, number, [(9, 0)])
    assert (refused.done, "There is no row 9" in refused.words) == (False, True)


def test_all_that_is_new_is_added_and_what_is_followed_stays(house: House, surface: str, host: str) -> None:
    known, new = f"https://{host}/rss", f"https://new.{host}/rss"
    assert house.call("POST", "/outlets", {"name": f"Known {host}", "feeds": [known]}).done
    number = looked_at(
        house.served.service.database,
        (WantedAddress(known, host), found(known, feed_at(known, "Another name"))),
        (WantedAddress(new, f"new.{host}"), found(new, feed_at(new, f"New {host}"))),
        (WantedAddress(new + "/", f"new.{host}"), found(new, feed_at(new, f"The same {host}"))),
    )
    with house.served.service.database.read() as session:
        rows = survey_shown(session, number, now=utc_now()).rows
    assert [(row.state, row.outlet) for row in rows] == [("followed", f"Known {host}"), *[("found", "")] * 2]
    assert add(house, surface, number, None).done
    with house.served.service.database.read() as session:
        rows = survey_shown(session, number, now=utc_now()).rows
    assert [row.state for row in rows] == ["followed", "added", "followed"]
    assert outlet(house, f"New {host}").values.feeds == (new,)
    shown = house.page.get(f"/outlets/surveys/{number}").text
    assert f"Known {host}" in shown


def test_names_that_are_taken_mean_the_outlet_only_where_that_is_sure(
    house: House, surface: str, host: str
) -> None:
    name = f"News {host}"
    first, other, same = f"https://{host}/rss", f"https://other.{host}/rss", f"https://www.{host}/more"
    assert house.call("POST", "/outlets", {"name": name, "feeds": [first], "language": "fr"}).done
    number = looked_at(
        house.served.service.database,
        (WantedAddress(other, f"other.{host}"), found(other, feed_at(other, name))),
        (WantedAddress(same, f"www.{host}"), found(same, feed_at(same, name.upper()))),
        (WantedAddress(other + "2", f"other.{host}", name), found(other + "2", feed_at(other + "2", "x"))),
    )
    assert add(house, surface, number, [(1, 0), (2, 0), (3, 0)]).done
    assert outlet(house, f"{name} (other.{host})").values.feeds == (other,)
    kept = outlet(house, name).values
    assert (kept.feeds, kept.language) == ((first, same, other + "2"), "fr")


def test_another_option_of_a_row_can_be_chosen(house: House, host: str) -> None:
    site = f"https://{host}/"
    row = (
        WantedAddress(site, host, f"Two {host}"),
        found(site, feed_at(site + "news"), feed_at(site + "sport")),
    )
    for surface, option, feed in (("API", 1, "sport"), ("page", 0, "news")):
        number = looked_at(house.served.service.database, row)
        assert add(house, surface, number, [(1, option)]).done
        assert site + feed in outlet(house, f"Two {host}").values.feeds


def test_what_the_file_declares_is_left_alone(house: House, surface: str, host: str) -> None:
    site = f"https://{host}/"
    number = looked_at(
        house.served.service.database,
        (WantedAddress(site, host, "Declared"), found(site, feed_at(site + "rss"))),
    )
    answer = add(house, surface, number, [(1, 0)])
    assert outlet(house, "Declared").values.feeds == ("https://declared.example/rss",)
    if surface == "command line":
        assert not answer.done
        assert "declared in the settings file" in answer.words


def again(house: House, surface: str, number: int) -> Answer:
    if surface == "API":
        return house.call("POST", f"/surveys/{number}/again")
    if surface == "page":
        return house.send(f"/outlets/surveys/{number}/again", {})
    return house.command("outlets", "survey", "--number", str(number), "--again")


def test_addresses_at_which_nothing_was_found_are_looked_at_again(
    house: House, surface: str, host: str
) -> None:
    one, two = f"https://{host}/", f"https://two.{host}/"
    wanted = WantedAddress(two, f"two.{host}", "Two", country="MA", tags=("press",))
    number = looked_at(
        house.served.service.database,
        (WantedAddress(one, host), found(one, feed_at(one + "rss"))),
        (wanted, found(two)),
    )
    assert again(house, surface, number).done
    with house.served.service.database.read() as session:
        stored = survey_numbered(session, newest_survey(house), now=utc_now())
    assert stored is not None
    assert [each.wanted for each in stored.addresses] == [wanted]
    whole = looked_at(house.served.service.database, (WantedAddress(one, host), found(one, feed_at(one))))
    refused = again(house, surface, whole)
    assert (refused.done, "Something was found at every address" in refused.words) == (False, True)


def test_a_survey_that_is_not_there_is_refused(house: House, surface: str) -> None:
    answer = add(house, surface, 99_999, [(1, 0)])
    assert (answer.done, "There is no survey 99999" in answer.words) == (False, True)


async def test_surveys_go_after_a_month_and_by_hand(house: House, host: str) -> None:
    number, other = (
        looked_at(
            house.served.service.database,
            (WantedAddress(f"https://{host}/{n}", host), found(f"https://{host}/{n}")),
        )
        for n in "ab"
    )
    assert house.send(f"/outlets/surveys/{number}/remove", {}).done
    assert house.page.get(f"/outlets/surveys/{number}").status_code == 404
    assert not house.call("DELETE", f"/surveys/{number}").done
    database = house.served.service.database
    await Upkeep(database, UpkeepOptions(), clock=lambda: utc_now() + timedelta(days=29)).prune()
    assert house.page.get(f"/outlets/surveys/{other}").status_code == 200
    await Upkeep(database, UpkeepOptions(), clock=lambda: utc_now() + timedelta(days=31)).prune()
    assert house.page.get(f"/outlets/surveys/{other}").status_code == 404
