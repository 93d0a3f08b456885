"""Press reviews come to the same by the command line, the API and the page: made, drafted, edited, refused and approved alike."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import feedparser
import httpx
import pytest

from alerts.delivery.links import Links
from alerts.search import Indexer
from service.actions.editions import approve_edition, edition_shown
from service.clock import utc_now
from storage.engine import Database
from storage.stores.outbox.channels import signing_key
from storage.stores.reviews.editions import StoredEdition, list_editions, mark_sent
from storage.stores.reviews.reviews import ReviewValues, put_declared_reviews
from tests.archive import add_article
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite
KEYS: dict[str, Any] = {
    "channels": ["console"],
    "language": "ar",
    "sections": [{"title": "الصيد", "query": "fishing"}, {"title": "Radio"}],
    "figures": False,
}
TOML = """
channels = ["console"]
language = "ar"
figures = false
sections = [{ title = "الصيد", query = "fishing" }, { title = "Radio" }]
"""


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        with running.served.service.database.write() as session:
            now = utc_now()
            add_article(session, "Fishing <talks>", "Fishing talks began in Rabat.", at=now)
            add_article(session, "Boats & nets", "The fishing season opened.", at=now, outlet="Herald")
            add_article(session, "Rain", "It rained.", at=now, outlet="Herald")
        with Database(module_storage_url) as database:
            asyncio.run(index_all(database))
        yield running


async def index_all(database: Database) -> None:
    indexer = Indexer(database)
    while await indexer.step():
        pass


def newest(house: House) -> StoredEdition:
    with house.served.service.database.read() as session:
        return edition_shown(session, list_editions(session, limit=1)[0].id)


def drafted(house: House, name: str = "Of the API") -> StoredEdition:
    """Draft an edition of a review of the API's."""
    reviews = {one["name"]: one["id"] for one in house.api.get("/api/v1/reviews").json()["items"]}
    if name not in reviews:
        assert house.call("POST", "/reviews", {"name": name, "settings": KEYS}).done
        reviews = {one["name"]: one["id"] for one in house.api.get("/api/v1/reviews").json()["items"]}
    assert house.call("POST", f"/reviews/{reviews[name]}/draft").done
    for one in house.api.get(f"/api/v1/editions?review={reviews[name]}").json()["items"][1:]:
        house.call("POST", f"/editions/{one['id']}/drop")  # so that the next looks back as far
    return newest(house)


def fresh(house: House, name: str = "Of the API") -> StoredEdition:
    """Return an edition with both articles: those before it are dropped. What is to be sent is of a review of its own."""
    for one in house.api.get("/api/v1/editions").json()["items"]:
        house.call("POST", f"/editions/{one['id']}/drop")
    return drafted(house, name)


def page_of(house: House, edition: StoredEdition) -> str:
    return house.page.get(f"/reviews/editions/{edition.listed.id}").text


def move_up(house: House, surface: str, item: int) -> Answer:
    if surface == "API":
        return house.call("POST", f"/edition-items/{item}/move", {"step": "up"})
    return house.send(f"/reviews/items/{item}/move", {"step": "up"})


def write(house: House, surface: str, item: int, version: int, **words: str) -> httpx.Response:
    if surface == "API":
        return house.api.patch(f"/api/v1/edition-items/{item}", json={"version": version, **words})
    form = {"csrf": house.csrf, "version": str(version), **words}
    return house.page.post(f"/reviews/items/{item}/words", data=form)


EDITORS = pytest.mark.parametrize("surface", SURFACES[1:])


def test_command_line_makes_a_review_and_drafts_it(house: House) -> None:
    file = house.settings.parent / "keys.toml"
    file.write_text(TOML, encoding="utf-8")
    assert house.command("review", "add", "Of the shell", str(file)).done
    assert house.command("review", "draft", "Of the shell").done
    edition = newest(house)
    assert [item.headline for item in edition.shown] == ["Fishing <talks>", "Boats & nets"]
    for form in ("html", "txt", "json"):
        out = house.settings.parent / f"edition.{form}"
        number = str(edition.listed.id)
        assert house.command("review", "export", number, "--format", form, "-o", str(out)).done
        assert "Boats" in out.read_text("utf-8")
    assert house.command("review", "preview", "Of the shell").done
    assert house.command("review", "send", str(edition.listed.id)).done
    again = house.command("review", "send", str(edition.listed.id))
    assert (again.done, "approved, sent or dropped already" in again.words) == (False, True)
    assert house.command("review", "list").done
    assert house.command("review", "copies", "2026-03").done
    assert not house.command("review", "copies", "March").done
    assert house.command("review", "remove", "Of the shell").done


def test_what_is_wrong_is_said_at_its_field_in_plain_words(house: House) -> None:
    fields = {"name": "Plain", "sections": "1", "title-0": "A", "query-0": "fishing", "brief": "10"}
    wrong = {"send": "hourly", "colour": "#ffff00", "brief": "many", "query-0": "(a"}
    for field, value in wrong.items():
        page = house.page.post(
            "/reviews/new", data={"csrf": house.csrf, "do": "save", **fields, field: value}
        ).text
        said = re.search(rf'id="fault-{field}">([^<]*)<', page)
        assert said is not None, field
        assert not re.match(r"review |\w+: ", unescape(said[1])), said[1]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param({"channels": ["consol"]}, "there is no channel 'consol'", id="channel"),
        pytest.param({"send": "hourly"}, "times of the day", id="schedule"),
        pytest.param({"sections": [{"title": "A", "query": "(a"}]}, "query", id="query"),
        pytest.param({"sections": [{"title": "A", "watch": ["Nope"]}]}, "no watch list 'Nope'", id="list"),
        pytest.param({"sections": []}, "at least one", id="no section"),
        pytest.param({"size": "A5"}, "unknown key", id="unknown key"),
        pytest.param({"colour": "red"}, "is not a colour", id="colour"),
        pytest.param({"sections": [{"title": "A"}, {"title": "a"}]}, "same title", id="two of one title"),
    ],
)
def test_bad_review_is_refused(house: House, keys: dict[str, Any], words: str) -> None:
    refused = house.call("POST", "/reviews", {"name": "Bad", "settings": {**KEYS, **keys}})
    assert (refused.done, words in refused.words) == (False, True), refused.words


def test_review_of_the_api_is_changed_and_removed(house: House) -> None:
    assert house.call("POST", "/reviews", {"name": "Changing", "settings": KEYS}).done
    assert not house.call("POST", "/reviews", {"name": "changing", "settings": KEYS}).done
    (one,) = (one for one in house.api.get("/api/v1/reviews").json()["items"] if one["name"] == "Changing")
    change = {"settings": {"send": "07:00 UTC", "approve": False}}
    changed = house.api.patch(f"/api/v1/reviews/{one['id']}", json=change).json()
    assert (changed["settings"]["send"], changed["settings"]["approve"]) == ("07:00 UTC", False)
    assert changed["next_at"] is not None
    assert house.call("DELETE", f"/reviews/{one['id']}").done
    assert not house.call("GET", "/reviews/9999").done


@EDITORS
def test_item_moves(house: House, surface: str) -> None:
    edition = fresh(house)
    first, second = (item.id for item in edition.shown)
    assert move_up(house, surface, second).done
    assert [item.id for item in newest(house).shown] == [second, first]


@EDITORS
def test_second_editor_sees_both_texts(house: House, surface: str) -> None:
    item = fresh(house).shown[0]
    assert write(house, surface, item.id, 1, headline="Ed's words").status_code in (200, 303)
    refused = write(house, surface, item.id, 1, headline="Mo's words", excerpt="Mo's excerpt", note="")
    assert refused.status_code == 409
    assert "Ed&#39;s words" in refused.text or "Ed's words" in refused.text
    if surface == "page":
        assert "Mo&#39;s words" in refused.text
        assert "Mo&#39;s excerpt" in refused.text
    assert newest(house).shown[0].headline == "Ed's words"


@EDITORS
def test_articles_are_added_removed_and_put_back(house: House, surface: str) -> None:
    edition = fresh(house)
    number = edition.listed.id
    by_hand = {"section": "1", "outlet": "Radio Rabat", "headline": "At eight", "note": "Live"}
    by_address = {"section": "1", "url": "https://gazette.example/3"}
    nowhere = {"section": "1", "url": "https://gazette.example/999"}
    if surface == "API":
        answers = [
            house.call("POST", f"/editions/{number}/items", one) for one in (by_hand, by_address, nowhere)
        ]
    else:
        path = f"/reviews/editions/{number}/add"
        answers = [
            house.send(path, {**one, "by": "address" if "url" in one else "hand"})
            for one in (by_hand, by_address, nowhere)
        ]
    assert [answer.done for answer in answers] == [True, True, False]
    items = newest(house).shown
    assert [(item.outlet, item.headline) for item in items[2:]] == [
        ("Radio Rabat", "At eight"),
        ("Herald", "Rain"),
    ]
    if surface == "API":
        assert house.call("DELETE", f"/edition-items/{items[0].id}").done
        assert len(newest(house).shown) == 3
        assert house.call("POST", f"/edition-items/{items[0].id}/restore").done
    else:
        assert house.send(f"/reviews/items/{items[0].id}/remove", {}).done
        assert len(newest(house).shown) == 3
        assert house.send(f"/reviews/items/{items[0].id}/restore", {}).done
    assert len(newest(house).shown) == 4


@EDITORS
def test_edition_is_approved_and_reopened(house: House, surface: str) -> None:
    edition = fresh(house)
    number = edition.listed.id
    head = {"version": 1, "title": "Matin", "intro": "Calme."}
    if surface == "API":
        assert house.call("PATCH", f"/editions/{number}", head).done
        late = house.call("PATCH", f"/editions/{number}", head)
    else:
        assert house.send(f"/reviews/editions/{number}/head", head).done
        late = house.send(f"/reviews/editions/{number}/head", head)
    assert not late.done
    assert (newest(house).listed.title, newest(house).intro) == ("Matin", "Calme.")
    page = house.page.get(f"/reviews/editions/{number}/preview")
    assert 'dir="rtl"' in page.text
    assert "Fishing &lt;talks&gt;" in page.text
    assert "unsafe-inline" in page.headers["content-security-policy"]
    assert "sandbox" in page.headers["content-security-policy"]
    if surface == "API":
        assert house.call("POST", f"/editions/{number}/drop").done
        assert not house.call("POST", f"/editions/{number}/approve", {}).done
    else:
        assert house.send(f"/reviews/editions/{number}/drop", {}).done
        assert not house.send(f"/reviews/editions/{number}/approve", {}).done


@pytest.mark.thorough
@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_edition_can_be_had_as_a_file(house: House, form: str, begins: bytes) -> None:
    number = fresh(house).listed.id
    out = house.settings.parent / f"edition.{form}"
    assert house.command("review", "export", str(number), "--format", form, "-o", str(out)).done
    assert out.read_bytes().startswith(begins)
    for client, path in ((house.api, "/api/v1/editions"), (house.page, "/reviews/editions")):
        answer = client.get(f"{path}/{number}/file?format={form}", timeout=120)
        assert answer.content.startswith(begins), answer.text
        assert f".{form}" in answer.headers["content-disposition"]


def test_logo_is_of_the_settings_file_alone(house: House) -> None:
    refused = house.call("POST", "/reviews", {"name": "Logo", "settings": {**KEYS, "logo": "/etc/x.png"}})
    assert (refused.done, "settings file alone" in refused.words) == (False, True)


def test_page_shows_reviews_and_editions(house: House) -> None:
    edition = fresh(house)
    assert "Of the API" in house.page.get("/reviews").text
    shown = page_of(house, edition)
    assert "Boats &amp; nets" in shown
    assert "at most 500 characters may be quoted" in shown


FORM: dict[str, Any] = {
    "channels": "console",
    "language": "ar",
    "approve": "1",
    "formats": "html",
    "draft_before": "45m",
    "brief": "10",
    "sections": "2",
    "title-0": "Ports",
    "query-0": "fishing",
    "most-0": "20",
    "title-1": "Radio",
    "most-1": "10",
}


def numbered(house: House, name: str) -> dict[str, Any]:
    items = house.api.get("/api/v1/reviews").json()["items"]
    (found,) = (one for one in items if one["name"] == name)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("fields", "at", "words"),
    [
        pytest.param({"send": "hourly"}, "send", "times of the day", id="time"),
        pytest.param({"draft_before": "soon"}, "draft_before", "soon", id="duration"),
        pytest.param({"query-0": "(a"}, "query-0", "never closed", id="query"),
        pytest.param({"watch-1": "Gone"}, "watch-1", "no watch list 'Gone'", id="list"),
        pytest.param({"most-1": "many"}, "most-1", "whole number", id="number"),
        pytest.param({"title-1": ""}, "title-1", "", id="title"),
        pytest.param({"name": "Of the form"}, "name", "already", id="name"),
    ],
)
def test_form_of_a_review_says_what_is_wrong_at_its_field(
    house: House, fields: dict[str, str], at: str, words: str
) -> None:
    if "Of the form" not in house.page.get("/reviews").text:
        assert house.send("/reviews/new", {**FORM, "name": "Of the form"}).done
    answer = house.page.post("/reviews/new", data={"csrf": house.csrf, **FORM, "name": "Another", **fields})
    assert answer.status_code == 422
    found = re.search(rf'id="fault-{at}">(.*?)</span>', answer.text, re.DOTALL)
    assert found is not None, answer.text
    assert words in unescape(found[1])
    assert f'aria-describedby="fault-{at}"' in answer.text
    assert 'value="Ports"' in answer.text, "what was typed stays"


def test_sections_are_added_moved_and_removed_before_the_form_is_saved(house: House) -> None:
    def after(do: str) -> list[str]:
        sent = {"csrf": house.csrf, **FORM, "name": "", "do": do}
        answer = house.page.post("/reviews/new", data=sent)
        assert answer.status_code == 200
        return re.findall(r'name="title-\d" value="(.*?)"', answer.text)

    assert after("add") == ["Ports", "Radio", ""]
    assert after("down-0") == after("up-1") == ["Radio", "Ports"]
    assert after("remove-0") == ["Radio"]
    assert after("up-0") == ["Ports", "Radio"]


@pytest.mark.parametrize("surface", SURFACES)
def test_review_is_copied_paused_resumed_and_changed(house: House, surface: str) -> None:
    name, copy = f"First {surface}", f"First {surface} (copy 1)"
    assert house.send("/reviews/new", {**FORM, "name": name, "send": "07:00 UTC"}).done
    number = numbered(house, name)["id"]

    def act(what: str) -> Answer:
        match surface:
            case "command line":
                return house.command("review", what, name, *([copy] if what == "copy" else []))
            case "API":
                return house.call("POST", f"/reviews/{number}/{what}", {} if what == "copy" else None)
            case _:
                return house.send(f"/reviews/{number}/{what}", {})

    assert act("copy").done
    made = numbered(house, copy)
    assert (made["settings"]["paused"], made["next_at"]) == (True, None)
    assert made["settings"]["sections"] == numbered(house, name)["settings"]["sections"]
    assert act("pause").done
    assert numbered(house, name)["next_at"] is None
    assert act("resume").done
    assert numbered(house, name)["next_at"] is not None
    if surface == "page":
        changed = {**FORM, "name": "Renamed", "send": "", "title-0": "Harbours"}
        assert house.send(f"/reviews/{number}", changed).done
        after = numbered(house, "Renamed")
        assert ("send" in after["settings"], after["next_at"]) == (False, None)
        assert after["settings"]["sections"][0]["title"] == "Harbours"
        assert house.send(f"/reviews/{number}/remove", {}).done
        assert house.page.get(f"/reviews/{number}").status_code == 404


def test_review_of_the_settings_file_is_only_read_and_copied(house: House) -> None:
    with house.served.service.database.write() as session:
        values = ReviewValues("Declared", {"sections": [{"title": "A"}]}, None)
        put_declared_reviews(session, [values], now=utc_now())
    number = numbered(house, "Declared")["id"]
    page = house.page.get(f"/reviews/{number}").text
    assert ("<fieldset" in page, " disabled><legend" in page, "under [[reviews]]" in page) == (True,) * 3
    assert f"/reviews/{number}/pause" not in page
    assert not house.send(f"/reviews/{number}", {**FORM, "name": "Declared"}).done
    assert house.send(f"/reviews/{number}/copy", {}).done
    assert numbered(house, "Declared (copy 1)")["provisioned"] is False


def recipients_of(house: House, number: int) -> dict[str, tuple[str | None, str]]:
    items = house.api.get(f"/api/v1/reviews/{number}/recipients").json()["items"]
    return {one["address"]: (one["language"], one["form"]) for one in items}


@pytest.mark.parametrize("surface", SURFACES)
def test_recipients_are_added_changed_and_removed(house: House, surface: str) -> None:
    drafted(house)
    (number,) = (
        one["id"] for one in house.api.get("/api/v1/reviews").json()["items"] if one["name"] == "Of the API"
    )
    for one in house.api.get(f"/api/v1/reviews/{number}/recipients").json()["items"]:
        assert house.call("DELETE", f"/review-recipients/{one['id']}").done
    named = ("review", "recipients")

    def add(*addresses: str) -> Answer:
        match surface:
            case "command line":
                return house.command(*named, "add", "Of the API", *addresses, "--language", "fr")
            case "API":
                body = {"addresses": addresses, "language": "fr"}
                return house.call("POST", f"/reviews/{number}/recipients", body)
            case _:
                form = {"address": "\n".join(addresses), "language": "fr", "form": "html"}
                return house.send(f"/reviews/{number}/recipients", form)

    assert add("Desk <Desk@ministry.example>", "two@ministry.example").done
    for wrong in ("nobody", "two@ministry.example"):
        refused = add("three@ministry.example", wrong)
        assert (refused.done, wrong in refused.words) == (False, True), refused.words
    assert recipients_of(house, number) == {
        "desk@ministry.example": ("fr", "html"),
        "two@ministry.example": ("fr", "html"),
    }
    found = house.api.get(f"/api/v1/reviews/{number}/recipients").json()["items"]
    one, two = (each["id"] for each in found)
    match surface:
        case "command line":
            assert house.command(
                *named, "change", "Of the API", "desk@ministry.example", "--format", "text"
            ).done
            assert house.command(*named, "again", "Of the API", "desk@ministry.example").done
            assert house.command(*named, "remove", "Of the API", "two@ministry.example").done
            assert house.command(*named, "list", "Of the API").done
        case "API":
            assert house.call("PATCH", f"/review-recipients/{one}", {"form": "text"}).done
            assert house.call("POST", f"/review-recipients/{one}/again").done
            assert house.call("DELETE", f"/review-recipients/{two}").done
        case _:
            assert house.send(f"/reviews/recipients/{one}", {"language": "fr", "form": "text"}).done
            assert house.send(f"/reviews/recipients/{one}/again", {}).done
            assert house.send(f"/reviews/recipients/{two}/remove", {}).done
            assert "desk@ministry.example" in house.page.get(f"/reviews/{number}/recipients").text
    assert recipients_of(house, number) == {"desk@ministry.example": ("fr", "text")}


@pytest.mark.parametrize("surface", SURFACES)
def test_edition_that_was_sent_is_corrected(house: House, surface: str) -> None:
    number = fresh(house, f"Corrected by {surface}").listed.id

    def correct() -> Answer:
        match surface:
            case "command line":
                return house.command("review", "correct", str(number))
            case "API":
                return house.call("POST", f"/editions/{number}/correct")
            case _:
                return house.send(f"/reviews/editions/{number}/correct", {})

    refused = correct()
    assert (refused.done, "was not sent" in refused.words) == (False, True)
    as_if_sent(house, number)
    assert correct().done
    made = newest(house)
    assert (made.listed.number, made.listed.revision, made.listed.state) == (number, 2, "draft")
    assert "edition that was sent" in page_of(house, made)
    assert f"/reviews/editions/{number}" in page_of(house, made)


def as_if_sent(house: House, number: int) -> None:
    """Approve an edition and note it as sent, so that no stage is waited for."""
    with house.served.service.database.write() as session:
        approved = approve_edition(session, number, caller="ed", now=utc_now(), send_now=True)
        at = approved.listed.approved_at
        assert mark_sent(session, number, approved_at=at, now=utc_now(), copies={"": 1})


def test_recipient_reads_and_opts_out_by_links_alone(house: House) -> None:
    edition = fresh(house, "Read by link")
    number, review = edition.listed.id, edition.listed.review_id
    who = "reader@ministry.example"
    body = {"addresses": [who], "language": "fr"}
    assert house.call("POST", f"/reviews/{review}/recipients", body).done
    with house.served.service.database.write() as session:
        links = Links("", signing_key(session, now=utc_now()))
    anybody = httpx.Client(base_url=str(house.page.base_url))
    read, leave = links.read(number, who), links.leave(review, who)
    assert anybody.get(read).status_code == 404  # it is not sent
    as_if_sent(house, number)
    shown = anybody.get(read)
    assert ('lang="fr"' in shown.text, "Fishing &lt;talks&gt;" in shown.text) == (True, True)
    assert "sandbox" in shown.headers["content-security-policy"]
    assert anybody.get(f"{read}?format=docx", timeout=60).content.startswith(b"PK")
    assert anybody.get(f"{read}x").status_code == 404
    assert who in anybody.get(leave).text
    assert who in house.page.get(f"/reviews/{review}/recipients").text
    assert anybody.post(leave).status_code == 200
    assert anybody.post(leave).status_code == 200
    assert anybody.get(read).status_code == 404
    assert "opted out" in house.page.get(f"/reviews/{review}/recipients").text
    assert anybody.post(f"{leave}/undo").status_code == 200
    assert anybody.get(read).status_code == 200
    found = house.api.get(f"/api/v1/reviews/{review}/recipients").json()["items"]
    (one,) = (each["id"] for each in found if each["address"] == who)
    assert house.call("DELETE", f"/review-recipients/{one}").done
    assert anybody.post(leave).status_code == 404


def test_editions_that_were_sent_are_found_by_words_days_and_review(house: House) -> None:
    edition = fresh(house, "Archived")
    number, review = edition.listed.id, edition.listed.review_id
    note = {"version": 1, "note": "Écluse d'été"}
    assert house.call("PATCH", f"/edition-items/{edition.shown[0].id}", note).done

    def by_api(**wanted: object) -> list[int]:
        answer = house.api.get("/api/v1/editions", params={"review": review, **wanted})  # type: ignore[dict-item]
        return [one["id"] for one in answer.json()["items"]]

    assert by_api(only_sent=True) == []
    as_if_sent(house, number)
    today = utc_now().date()
    assert by_api(only_sent=True) == by_api(q="FISHING talks") == by_api(q="écluse") == [number]
    assert by_api(q="boats talks") == by_api(q="100%") == [], (
        "all words stand in one item, and % is no wildcard"
    )
    (told,) = house.api.get("/api/v1/editions?q=écluse").json()["items"]  # what the page says, too
    assert told["found_in"] == [{"headline": "Fishing <talks>", "outlet": edition.shown[0].outlet}]
    assert by_api(since=f"{today}T00:00:00Z") == [number]
    assert by_api(until=f"{today}T00:00:00Z") == []
    assert "at most 10 words" in house.call("GET", "/editions?q=" + "+".join("abcdefghijk")).words

    for query, is_found in (
        ("q=écluse", True),
        ("q=boats+talks", False),
        (f"until={today - timedelta(1)}", False),
    ):
        page = house.page.get(f"/reviews/archive?review={review}&{query}").text
        assert (f'href="/reviews/editions/{number}"' in page) is is_found, query
    assert "Fishing &lt;talks&gt;" in house.page.get(f"/reviews/archive?review={review}&q=écluse").text

    assert house.command("review", "search", "écluse", "--review", "Archived", "--since", str(today)).done
    assert not house.command("review", "search", "écluse", "--review", "Nowhere").done


def test_feed_of_a_review_is_read_by_its_token_alone(house: House) -> None:
    edition = fresh(house, "Fed")
    number, review = edition.listed.id, edition.listed.review_id
    draft = drafted(house, "Fed again").listed
    feeds = house.api.get(f"/api/v1/reviews/{review}/feeds").json()
    other = house.api.get(f"/api/v1/reviews/{draft.review_id}/feeds").json()["atom"].rpartition("=")[2]
    anybody = httpx.Client()
    assert "<entry>" not in anybody.get(feeds["atom"]).text, "a draft is nobody's"
    as_if_sent(house, number)
    atom = anybody.get(feeds["atom"])
    assert anybody.get(feeds["atom"], headers={"if-none-match": atom.headers["etag"]}).status_code == 304
    parsed = feedparser.parse(atom.content)
    (entry,) = parsed.entries
    assert (parsed.bozo, parsed.feed.title, entry.title.startswith("Fed")) == (False, "Fed", True)
    assert "Fishing <talks>" in entry.content[0].value
    shown = anybody.get(entry.link)
    assert ("Fishing &lt;talks&gt;" in shown.text, "sandbox" in shown.headers["content-security-policy"]) == (
        True,
        True,
    )
    (item,) = anybody.get(feeds["json"]).json()["items"]
    assert item["url"] == entry.link
    base, token = feeds["atom"].rpartition("?token=")[::2]
    assert anybody.get(f"{base}?token={other}").status_code == 404
    assert anybody.get(base).status_code == 404
    ours = entry.link.partition("?")[0]
    assert anybody.get(f"{ours}?token={other}").status_code == 404
    theirs = ours.rpartition("/")[0] + f"/{draft.id}?token={token}"
    assert anybody.get(theirs).status_code == 404, "an edition of another review, or a draft"
    assert feeds["atom"] in unescape(house.page.get("/reviews/archive").text)
