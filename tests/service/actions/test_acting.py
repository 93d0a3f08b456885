"""What people do is written down, whichever surface they use; never a secret, and never what was not done."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlmodel import Session
from typer.testing import CliRunner

import service.actions
from service.actions import dismissals, outlets, silences, tokens, users, watch_lists
from service.actions.acting import Person, acting_as, mark_of, told_of
from service.actions.errors import ActionError
from service.actions.lookup import find_list
from service.cli.app import app
from service.settings.watch_models import ActorSettings, ListSettings
from service.upkeep import Upkeep, UpkeepOptions
from service.web.act_words import SUBJECTS, VERBS
from storage.engine import Database
from storage.stores.feeds.outlet_edits import OutletValues
from storage.stores.people.acts import ActFilter, DoneAct, acts_done
from storage.stores.people.users import put_user
from storage.tables import Role
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, House, house_on
from tests.service.web.served import NAME, PASSWORD

pytestmark = on_sqlite

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
READS = {
    *("actors.find_actor", "actors.page_of_actors", "archives.scan_plan", "audit.audit_to_export"),
    *("catalogue.search_catalogue", "channel_edits.channel_edited", "channels.channel_shown"),
    *("checkup.check_up", "citations.cited_outlets", "copies.copies_of_month", "database.statistics"),
    *(
        "deliveries.delivery_shown",
        "edition_archive.search_editions",
        "editions.edition_shown",
        "editions.item_shown",
        "editions.open_item",
        "edition_pictures.picture_shown",
        "wanted_pictures.with_pictures",
    ),
    *(
        "first_steps.first_steps",
        "exports.alerts_to_export",
        "exports.view_to_export",
        "lookup.counted_list",
        "lookup.counted_lists",
    ),
    *("lookup.editable_list", "lookup.find_list", "matchers.matcher_of", "matchers.matcher_of_stored"),
    *("missed.compare_controls", "outlet_access.access_shown", "outlet_access.browser_proposal"),
    *("outlet_lists.export_outlets", "outlets.editable_outlet", "outlets.outlet_shown"),
    *("proposals.proposals", "pushes.find_source", "review_drafts.prepare_edition"),
    *("reviews.missing_lists", "reviews.review_shown", "reviews.shown_reviews"),
    *(
        "review_recipients.recipient_shown",
        "review_recipients.recipients_shown",
        "review_recipients.reader_of",
    ),
    *("sessions.list_sessions", "stories.stories_to_export", "stories.story_members"),
    *("suggestions.look_up", "surveys.list_surveys", "surveys.survey_shown"),
    *("folders.folder_contents", "folders.folder_shown", "folders.folders_shown"),
    *("triage.own_state", "triage.view_filter", "charting.read_chart", "reports.read_report"),
    *("reports.check_names", "report_editions.edition_report", "report_editions.prepare_report_edition"),
    *("topics.find_topic", "topics.list_topics", "trends.read_trend", "trends.read_trends"),
    *(
        "trials.covered_days",
        "trials.try_rule",
        "trials.try_stored",
        "trials.try_watch_list",
        "users.check_users",
    ),
    *("users.owner_of_link", "warnings.overbroad", "warnings.warnings_of", "watch_lists.check_routes"),
    *("why.explain_article", "search.search", "searches.search_called", "searches.search_to_export"),
    *("deliveries.deliveries_to_export", "list_access.access_shown", "list_access.people_to_choose"),
    *("subscriptions.own_subscriptions", "subscriptions.every_subscription"),
    *(
        "list_access.lists_to_take_over",
        "lookup.is_editable",
        "lookup.names_of_editable",
        "lookup.refuse_unless_editor",
    ),
    "lookup.refuse_taken_unseen",
}
"""Actions that change nothing."""
NO_PERSONS = {
    "provisioning.provision",  # the settings file's
    "users.first_link",  # the start of the service prints it
    "pushes.push_articles",  # articles come, as by a feed
    "recipients.own_addresses",  # addresses that are asked for are made on the way
    "second_factors.begin_factor",  # counts once it is confirmed
    "triage.see",  # what one person has read changes nothing for anybody else, and each alert opened would be a line
    "triage.unsee",
    "actors.store_merged",  # a part of others
    "users.open_session",
    "outlets.put_checked",
    "watch_lists.add_facts",
    "watch_lists.find_or_make",
    "list_access.take_over",  # its part that does it is marked: it knows whose the list was
}


def session_actions() -> Iterator[tuple[str, object]]:
    for module in pkgutil.iter_modules(service.actions.__path__):
        found = importlib.import_module(f"service.actions.{module.name}")
        for name, value in vars(found).items():
            if not inspect.isfunction(value) or name.startswith("_") or value.__module__ != found.__name__:
                continue
            if next(iter(inspect.signature(value).parameters), "") == "session":
                yield f"{module.name}.{name}", value


def test_every_action_that_changes_something_is_marked() -> None:
    marked = {name for name, action in session_actions() if mark_of(action)}  # type: ignore[arg-type]
    unmarked = {name for name, _action in session_actions()} - marked
    assert len(marked) > 70
    assert unmarked - READS - NO_PERSONS == set(), "mark what it does with `act`, or say here that it reads"
    assert (READS | NO_PERSONS) - unmarked == set(), "these are marked, or gone"


def test_every_mark_has_its_words() -> None:
    marks = [mark for _name, action in session_actions() if (mark := mark_of(action))]  # type: ignore[arg-type]
    assert {mark.subject for mark in marks} <= set(SUBJECTS)
    assert {mark.verb for mark in marks} <= set(VERBS)


def done(database: Database, wanted: ActFilter | None = None) -> list[DoneAct]:
    with database.read() as session:
        return acts_done(session, wanted or ActFilter(), limit=100)


LEILA = Person("leila", "page", "192.0.2.7")


@on_both
def test_an_act_is_written_with_what_was_done(database: Database) -> None:
    with acting_as(LEILA), database.write() as session:
        watch_lists.make_list(session, "Desk", ListSettings(languages=("ar",)), now=NOW)
        watch_lists.extend(session, "Desk", actors=[ActorSettings(name="Nasser Bourita")], now=NOW)
        number = find_list(session, "Desk").id
        watch_lists.rename(session, number, "Rabat desk", now=NOW + timedelta(hours=1))
        watch_lists.pause(session, number, now=NOW)
        watch_lists.remove(session, number, now=NOW)
    acts = done(database)
    assert [(act.verb, act.about) for act in acts] == [
        ("remove", "Rabat desk"),
        ("pause", "Rabat desk"),
        ("rename", "Desk"),
        ("change", "Desk"),
        ("add", "Desk"),
    ]
    assert {(act.who, act.via, act.address, act.subject) for act in acts} == {
        ("leila", "page", "192.0.2.7", "watch list")
    }
    assert acts[2].facts == {"name": "Rabat desk"}
    assert acts[2].at == NOW + timedelta(hours=1)
    assert acts[3].facts["actors"][0]["name"] == "Nasser Bourita"
    assert acts[4].facts == {"wanted": {"languages": ["ar"]}}
    assert [act.verb for act in done(database, ActFilter(about="rabat"))] == ["remove", "pause"]
    assert [act.verb for act in done(database, ActFilter(since=NOW + timedelta(minutes=1)))] == ["rename"]
    assert done(database, ActFilter(who="somebody else")) == []
    assert done(database, ActFilter(subject="outlet")) == []


def add_and_fail(session: Session) -> None:
    values = OutletValues("Gazette", feeds=("https://gazette.example/rss",))
    outlets.add_outlet(session, values, interval=timedelta(minutes=15), now=NOW)
    raise ZeroDivisionError


@on_both
def test_what_was_refused_or_rolled_back_was_not_done(database: Database) -> None:
    with acting_as(LEILA):
        with database.write() as session:
            with pytest.raises(ActionError):
                silences.end_silence(session, 7, now=NOW)
            with pytest.raises(ActionError):
                dismissals.dismiss(session, 7, via="page", now=NOW)
        with pytest.raises(ZeroDivisionError):
            database.transact(add_and_fail)
    assert done(database) == []


def test_what_changed_nothing_is_no_act(database: Database) -> None:
    with acting_as(LEILA), database.write() as session:
        watch_lists.make_list(session, "Desk", ListSettings(), now=NOW)
        assert watch_lists.pause(session, "Desk", now=NOW)
        assert not watch_lists.pause(session, "Desk", now=NOW)
    assert [act.verb for act in done(database)] == ["pause", "add"]


def test_what_no_person_does_is_no_act(database: Database) -> None:
    with database.write() as session:
        watch_lists.make_list(session, "Desk", ListSettings(), now=NOW)
    assert done(database) == []


def test_no_secret_is_written(database: Database) -> None:
    with acting_as(LEILA), database.write() as session:
        link = users.invite(session, "omar", "editor", now=NOW)
        session_secret = users.use_link(session, link.rpartition("/")[2], "omar", "$argon2id$hash", now=NOW)
        assert session_secret is not None
        _token, secret = tokens.make_token(session, "desk", ["read"], now=NOW)
        users.sign_out(session, session_secret)
    said = json.dumps([act.facts for act in done(database)]) + str(done(database))
    assert len(done(database)) == 4
    for word in (link.rpartition("/")[2], session_secret, secret, "$argon2id"):
        assert word not in said


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param({"url": "https://hooks.example/secret"}, ["url"], id="of a table the keys"),
        pytest.param(SecretStr("hush"), "***", id="a secret"),
        pytest.param(b"hush", "***", id="bytes"),
        pytest.param("https://a:hush@b.example/", "https://***@b.example/", id="a login in an address"),
        pytest.param("x" * 1000, "x" * 300, id="a long text"),
        pytest.param(list(range(30)), [*range(20), "+10"], id="a long list"),
        pytest.param(timedelta(hours=1), "3600 s", id="a duration"),
        pytest.param(NOW, "2026-03-02T12:00:00+00:00", id="a time"),
    ],
)
def test_facts_are_told_without_secrets(value: object, told: object) -> None:
    assert told_of(value) == told


@on_both
async def test_the_audit_is_kept_for_its_time(database: Database) -> None:
    with acting_as(LEILA), database.write() as session:
        put_user(session, "omar", Role.READER, now=NOW)
        users.change_role(session, "omar", "editor")
        watch_lists.make_list(session, "Old", ListSettings(), now=NOW - timedelta(days=31))
        watch_lists.make_list(session, "Young", ListSettings(), now=NOW - timedelta(days=29))
    options = UpkeepOptions(keep_audit=timedelta(days=30))
    await Upkeep(database, options, clock=lambda: NOW).prune()
    assert {act.about for act in done(database)} == {"omar", "Young"}


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.mark.parametrize("surface", SURFACES)
def test_each_surface_acts_under_a_name(house: House, surface: str) -> None:
    name = f"omar-{uuid4().hex[:8]}"
    form = {"name": name, "role": "editor"}
    match surface:
        case "API":
            assert house.call("POST", "/users", form).done
        case "page":
            assert house.send("/users", form).done
        case _:
            assert house.command("user", "add", name, "--role", "editor").done
    (act,) = done(house.served.service.database, ActFilter(about=name))
    assert (act.subject, act.verb, act.facts) == ("user", "add", {"role": "editor"})
    if surface == "command line":
        assert (bool(act.who), act.via, act.address) == (True, "cli", "")
    else:
        who, via = (NAME, "page") if surface == "page" else ("admin", "api")
        assert (act.who, act.via, act.address) == (who, via, "127.0.0.1")


def test_the_audit_is_shown_found_and_taken_away(house: House) -> None:
    name = f"=omar-{uuid4().hex[:8]}"
    assert house.send("/users", {"name": name, "role": "reader"}).done
    page = house.page.get("/audit", params={"about": name}).text
    assert "name=" in page
    assert name in page
    assert name not in house.page.get("/audit", params={"who": "nobody"}).text
    rows = list(
        csv.DictReader(
            io.StringIO(house.page.get("/audit/export", params={"about": name}).text.lstrip("\ufeff"))
        )
    )
    assert [(row["verb"], row["about"]) for row in rows] == [("add", f"'{name}")]
    (listed,) = house.api.get("/api/v1/audit", params={"about": name}).json()["items"]
    assert (listed["who"], listed["about"], listed["facts"]) == (NAME, name, {"role": "reader"})
    (taken,) = house.api.get("/api/v1/audit/export", params={"about": name}).json()
    assert taken["id"] == listed["id"]
    printed = CliRunner().invoke(app, ["audit", "--about", name, "--json", "--settings", str(house.settings)])
    assert [row["id"] for row in json.loads(printed.stdout)] == [listed["id"]]


def test_the_audit_goes_on_page_by_page(house: House) -> None:
    for _time in range(3):
        assert house.send("/users", {"name": f"paged-{uuid4().hex}", "role": "reader"}).done
    first = house.api.get("/api/v1/audit", params={"about": "paged-", "limit": 2}).json()
    second = house.api.get(
        "/api/v1/audit", params={"about": "paged-", "limit": 2, "cursor": first["next"]}
    ).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize("path", ["/audit", "/audit/export"])
def test_the_audit_is_for_admins(house: House, path: str) -> None:
    with house.served.client("write") as editor:
        assert editor.get(f"/api/v1{path}").status_code == 403
    reader = f"reader-{uuid4().hex[:8]}"
    with house.served.service.database.write() as session:
        link = users.invite(session, reader, "editor", now=datetime.now(UTC))
    with house.served.client() as client:
        assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
        assert client.get(path).status_code == 403
