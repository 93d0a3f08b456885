"""Who may not see a private list finds nothing of it, by whatever route: pages, API, feeds, stream, files; and changes nothing.

The routes are walked as the application has them, so a new one is walked too. What hangs on the list has one number, `HIDDEN`,
and every word of it holds `WORD`, or `NAME_` where people may ask by it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlmodel import Session, SQLModel, select

from service.actions.list_access import AccessSettings, share
from service.actions.tokens import make_token
from service.actions.users import invite
from service.clock import utc_now
from service.web.app import build_routes
from storage.rows import id_of
from storage.stores.people.users import user_called
from storage.tables import (
    Act,
    ActList,
    ActorRow,
    Alert,
    AlertArticle,
    AlertNote,
    AlertSeen,
    AlertTag,
    AliasRow,
    Article,
    ArticleVersion,
    Attempt,
    AttemptOutcome,
    ChannelRow,
    Dismissal,
    DismissalKind,
    Edition,
    EditionFile,
    EditionItem,
    FolderItem,
    FolderItemKind,
    FolderRow,
    MentionRow,
    Notification,
    NotificationKind,
    NotificationState,
    Review,
    ReviewRecipient,
    Silence,
    StoryMention,
    TopicRow,
    Triage,
    TriageAct,
    TriageChange,
    TriageState,
    Volume,
    VolumeUnit,
    WatchListChannel,
    WatchListRow,
)
from tests.archive import add_article, watch
from tests.databases import on_both, on_sqlite
from tests.service.web.document import STREAM, all_routes, document
from tests.service.web.served import NAME, PASSWORD, Served, csrf_in, served, settings_on

pytestmark = on_sqlite
HIDDEN = 7701
WORD, NAME_ = "Zqvelvet", "Zqdossier list"
ABSENT = "Absent of a list"
TEAM = "Open to all"
FOLDER = 5501
APART = {"/logout", "/password/{secret}", "/oidc/start", "/oidc/callback"}
"""Of signing in and out."""
ASKED: Mapping[str, str | int] = {
    **dict.fromkeys(("name", "watch", "watch_list", "list"), NAME_),
    **{"article": "1", "alert": HIDDEN, "alert_id": HIDDEN, "number": HIDDEN, "story": 1},
    **dict.fromkeys(("format", "form"), "csv"),
    **{"q": "ferry", "query": "ferry", "url": "https://gazette.example/1", "names": "Ferry"},
}
"""What routes are asked for beside their path, where they must be, or by the list's name."""


@dataclass(slots=True)
class Press:
    """A service with a private list of one user's, and those who ask."""

    running: Served
    owner: httpx.Client
    admin: httpx.Client
    """Another admin's browser."""
    csrf: str
    token: str
    """The admin's own."""
    owner_token: str

    def program(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return httpx.Client(base_url=self.running.url, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def press(module_storage_url: str) -> Iterator[Press]:
    with served(settings_on(module_storage_url)) as running:
        database = running.service.database
        owner, admin = running.client(), running.client()
        link = running.first_link()
        with database.write() as session:
            hers = invite(session, "mallory", "admin", now=utc_now())
        for client, way in ((owner, link), (admin, hers)):
            client.post(way or "", data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
        with database.write() as session:
            _open_list(session)
            _private_list(session)
            user = user_called(session, NAME)
            assert user is not None
            share(session, NAME_, AccessSettings(private=True, owner=NAME), now=utc_now())
            tokens = [
                make_token(session, name, ["read", "write", "admin"], user=user, now=utc_now())[1]
                for name, user in (("hers", "mallory"), ("his", NAME))
            ]
        yield Press(running, owner, admin, csrf_in(admin.get("/account").text), *tokens)
        owner.close()
        admin.close()


def _open_list(session: Session) -> None:
    watch(session, TEAM, actors=["Ferry"], channels=["console"])
    article = add_article(session, "Ferry", "The ferry left.", at=utc_now(), matched=True)
    row = session.exec(select(WatchListRow).where(WatchListRow.name == TEAM)).one()
    _alert(session, 9901, id_of(row), article, "Ferry")


def _private_list(session: Session) -> None:
    """Store a list with one of everything that may hang on it."""
    now = utc_now()
    session.add(WatchListRow(id=HIDDEN, name=NAME_, tags=[WORD], created_at=now))
    session.flush()
    session.add(ActorRow(id=HIDDEN, watch_list_id=HIDDEN, name=f"{WORD} person", note=WORD))
    session.add(TopicRow(id=HIDDEN, watch_list_id=HIDDEN, name=f"{WORD} topic", query=f'"{WORD}"'))
    session.flush()
    session.add(AliasRow(id=HIDDEN, actor_id=HIDDEN, text="Ferry"))
    article = session.exec(select(Article)).first()
    channel = session.exec(select(ChannelRow)).first()
    assert article is not None
    assert channel is not None
    session.add(WatchListChannel(watch_list_id=HIDDEN, channel_id=id_of(channel)))
    _alert(session, HIDDEN, HIDDEN, id_of(article), f"{WORD} person")
    payload = {"watch_list": WORD, "alert_id": HIDDEN}
    for number, kind, state in (
        (HIDDEN + 1, NotificationKind.DIGEST, NotificationState.FAILED),
        (HIDDEN, NotificationKind.ALERT_CREATED, NotificationState.FAILED),
    ):
        is_digest = kind is NotificationKind.DIGEST
        session.add(
            Notification(
                id=number,
                uid=f"{WORD}-{number}",
                channel_id=id_of(channel),
                alert_id=None if is_digest else HIDDEN,
                digest_id=None if is_digest else HIDDEN + 1,
                kind=kind,
                state=state,
                payload=payload,
                created_at=now,
                due_at=now,
            )
        )
        session.flush()
    session.add(
        Attempt(
            id=HIDDEN,
            notification_id=HIDDEN,
            number=1,
            started_at=now,
            duration_ms=1,
            outcome=AttemptOutcome.FAILED,
            response=WORD,
        )
    )
    _said(session)
    session.add(
        Silence(id=HIDDEN, watch_list_id=HIDDEN, starts_at=now, ends_at=now + timedelta(days=1), reason=WORD)
    )
    _review(session)
    folder = FolderRow(id=FOLDER, name="A matter", created_at=now)
    session.add(folder)
    session.flush()
    session.add(
        FolderItem(
            id=HIDDEN,
            folder_id=FOLDER,
            kind=FolderItemKind.ALERT,
            alert_id=HIDDEN,
            added_at=now,
            added_by=WORD,
        )
    )
    session.add(
        Act(
            id=HIDDEN,
            at=now,
            who=NAME,
            via="page",
            subject="actor",
            verb="add",
            about=WORD,
            facts={"a": WORD},
        )
    )
    session.flush()
    session.add(ActList(act_id=HIDDEN, watch_list_id=HIDDEN))


def _alert(session: Session, number: int, watch_list_id: int, article_id: int, name: str) -> None:
    now = utc_now()
    article = session.get_one(Article, article_id)
    version = session.exec(select(ArticleVersion).where(ArticleVersion.article_id == article_id)).one()
    assert article.story_id is not None
    of_list: dict[str, Any] = {"watch_list_id": watch_list_id, "kind": "actor", "name": name}
    session.add(
        Alert(
            id=number,
            watch_list_id=watch_list_id,
            story_id=article.story_id,
            article_id=article_id,
            dedup_key=f"{watch_list_id}:story:{number}",
            created_at=now,
            came_out_at=now,
            score=50,
        )
    )
    session.flush()
    session.add(AlertArticle(alert_id=number, article_id=article_id, attached_at=now))
    session.add(
        MentionRow(
            **of_list, version_id=id_of(version), field="title", start=0, end=5, surface="Ferry", rule=name
        )
    )
    session.add(StoryMention(**of_list, story_id=article.story_id, first_at=now, last_at=now))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for kind, of in (("list", ""), ("actor", name)):
        values: dict[str, Any] = {
            "watch_list_id": watch_list_id,
            "kind": kind,
            "name": of,
            "starts_at": today,
        }
        session.add(Volume(**values, unit=VolumeUnit.DAY, articles=7, stories=7))


def _said(session: Session) -> None:
    """Have people deal with the alert."""
    now = utc_now()
    user = user_called(session, NAME)
    assert user is not None
    session.add(
        Triage(alert_id=HIDDEN, state=TriageState.IN_HAND, assignee_id=user.id, changed_at=now, due_at=now)
    )
    session.add(AlertTag(alert_id=HIDDEN, tag=WORD))
    session.add(AlertNote(id=HIDDEN, alert_id=HIDDEN, at=now, by=NAME, text=WORD))
    session.add(AlertSeen(alert_id=HIDDEN, user_id=user.id, at=now))
    session.add(TriageAct(id=HIDDEN, at=now, by=WORD, via="page"))
    session.flush()
    session.add(TriageChange(act_id=HIDDEN, alert_id=HIDDEN, fields={"state": ["new", "in-hand"]}))
    dismissed = session.get_one(Alert, HIDDEN).model_copy(update={"id": HIDDEN + 1, "dedup_key": "dismissed"})
    session.add(Alert(**dismissed.model_dump()))
    session.flush()
    session.add(Dismissal(alert_id=HIDDEN + 1, at=now, via="page", kind=DismissalKind.ANOTHER, reason=WORD))


def _review(session: Session) -> None:
    now = utc_now()
    keys = {"channels": ["console"], "sections": [{"title": WORD, "watch": [NAME_]}]}
    session.add(Review(id=HIDDEN, name=f"{WORD} review", keys=keys, created_at=now))
    session.flush()
    session.add(
        Edition(
            id=HIDDEN,
            review_id=HIDDEN,
            title=f"{WORD} edition",
            since=now,
            until=now,
            due_at=now,
            sections=[WORD],
            created_at=now,
        )
    )
    session.flush()
    session.add(
        EditionItem(id=HIDDEN, edition_id=HIDDEN, section="0", place=1, outlet=WORD, headline=WORD, url="")
    )
    session.add(ReviewRecipient(id=HIDDEN, review_id=HIDDEN, address=f"{WORD}@desk.example", added_at=now))
    session.add(EditionFile(edition_id=HIDDEN, format="pdf", body=WORD.encode()))


def routes() -> list[tuple[str, APIRoute]]:
    """Return every route of the application that reads, by whatever right."""
    return [
        (path, route)
        for path, route in all_routes(build_routes())
        if "GET" in (route.methods or ()) and path not in (*APART, STREAM)
    ]


def path_of(path: str, route: APIRoute) -> str:
    """Return a route's path with the hidden number, or the word, in its place."""
    for parameter in route.dependant.path_params:
        value = HIDDEN if "folders/{number}" not in path else FOLDER
        text = str(value) if parameter.name != "name" else NAME_
        path = re.sub(rf"\{{{parameter.name}(:path)?\}}", text, path)
    return path


def query_of(route: APIRoute, *, by_name: bool) -> dict[str, str | int]:
    """Return what a route must be asked for; with `by_name`, all of it that can be the list."""
    asked: dict[str, str | int] = {}
    for parameter in route.dependant.query_params:
        if parameter.field_info.is_required():
            asked[parameter.alias] = ASKED.get(parameter.alias, "1")
        elif by_name and parameter.alias in ASKED:
            asked[parameter.alias] = ASKED[parameter.alias]
    return asked


def text_of(answer: httpx.Response) -> str:
    """Return all that an answer says: of an archive or workbook, what is in it."""
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return answer.text


@on_both
@pytest.mark.parametrize("by", ["browser", "token"])
@pytest.mark.thorough
def test_nothing_of_it_is_read(press: Press, by: str) -> None:
    client = press.admin if by == "browser" else press.program(press.running.tokens["admin"])  # nobody's
    walked = [each for each in routes() if (by == "browser") != each[0].startswith("/api/")]
    assert len(walked) > 50
    leaks = []
    for template, route in walked:
        path = path_of(template, route)
        plain = client.get(path, params=query_of(route, by_name=False))
        told = text_of(plain)
        if plain.status_code >= 500 or WORD in told or NAME_ in told:
            leaks.append(f"GET {path}: {plain.status_code}")
        asked = query_of(route, by_name=True)
        if NAME_ not in asked.values():
            continue
        named = client.get(path, params=asked)
        absent = {key: ABSENT if value == NAME_ else value for key, value in asked.items()}
        of_none = client.get(path, params=absent)
        if WORD in text_of(named) or named.status_code != of_none.status_code:
            leaks.append(f"GET {path}?{asked}: {named.status_code}, of none {of_none.status_code}")
    assert leaks == []


SEEN_BY_ITS_OWNER = (
    *("/alerts", "/alerts/export?format=csv", f"/alerts/{HIDDEN}", "/deliveries", f"/deliveries/{HIDDEN}"),
    *("/silences", "/watch", f"/watch/list?name={NAME_}", "/reviews", f"/reviews/editions/{HIDDEN}"),
    *("/audit", "/trends", f"/folders/{FOLDER}", "/api/v1/alerts", f"/api/v1/alerts/{HIDDEN}"),
    *("/api/v1/audit", f"/api/v1/folders/{FOLDER}/archive", f"/api/v1/watch-lists/{HIDDEN}/actors"),
    *("/api/v1/watch-lists", "/api/v1/silences", "/api/v1/reviews", f"/api/v1/deliveries/{HIDDEN}"),
)


def test_its_owner_finds_it_there(press: Press) -> None:
    with press.program(press.owner_token) as program:
        for path in SEEN_BY_ITS_OWNER:
            told = text_of((program if path.startswith("/api/") else press.owner).get(path))
            assert WORD in told or NAME_ in told, path


def test_the_stream_passes_it_over(press: Press) -> None:
    numbers = []
    with press.program() as program, program.stream("GET", STREAM, params={"after": 0}) as answer:
        for line in answer.iter_lines():
            if line.startswith("id: "):
                numbers.append(int(line.removeprefix("id: ")))
            if numbers and numbers[-1] >= 9901:
                break
    assert numbers == [9901]


def snapshot(press: Press) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows that hang on the list, and the list's own."""
    found = {}
    with press.running.service.database.read() as session:
        for name, table in SQLModel.metadata.tables.items():
            keys = [key for key in ("watch_list_id", "alert_id") if key in table.c]
            if name in ("watch_list", "alert", "review", "edition", "notification"):
                keys = ["id"]
            for key in keys:
                rows = session.connection().execute(table.select().where(table.c[key] == HIDDEN))
                found[f"{name}.{key}"] = sorted(map(tuple, rows), key=repr)
    return found


TAKEN_OVER = "/api/v1/private-lists/{number}/take-over"
BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST /api/v1/alerts/triage": {"alerts": [HIDDEN], "state": "done"},
    "POST /api/v1/alerts/dismissals": {"alerts": [HIDDEN]},
    "POST /api/v1/silences": {"watch_list": NAME_, "length": "1h"},
    "POST /api/v1/watch-lists": {"name": NAME_},
    "POST /api/v1/reviews": {"name": "Mine", "keys": {"sections": [{"title": "S", "watch": [NAME_]}]}},
    "POST /api/v1/previews": {"watch_list": NAME_, "topic": {"name": "x", "query": f'@list:"{NAME_}"'}},
    f"POST /api/v1/folders/{FOLDER}/items": {"kind": "alert", "number": HIDDEN},
    "POST /api/v1/missed": {"addresses": ["https://gazette.example/1"], "watch_list": NAME_},
    "PATCH /api/v1/watch-lists/1": {"name": NAME_},
}
"""What names the list or its alert in the body."""


def example_of(operation: Mapping[str, Any]) -> object:
    """Return the example of what an operation takes."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    named = document()["components"]["schemas"].get(name, schema)
    return named.get("examples", [{}])[0]


@pytest.mark.thorough
def test_nothing_of_it_is_changed(press: Press) -> None:
    before, wrong = snapshot(press), []
    with press.program() as program:
        for path, operations in document()["paths"].items():
            for method, operation in operations.items():
                if method == "get" or "{number}" not in path or path == TAKEN_OVER:
                    continue
                asked = path.replace("{number}", str(HIDDEN))
                asked = re.sub(r"\{name\}", "Ferry", asked)
                query = {
                    one["name"]: ASKED.get(one["name"], "1")
                    for one in operation.get("parameters", ())
                    if one["in"] == "query" and one.get("required")
                }
                answer = program.request(method.upper(), asked, params=query, json=example_of(operation))
                if answer.status_code not in (400, 404, 415, 422) or WORD in answer.text:
                    wrong.append(f"{method.upper()} {asked}: {answer.status_code} {answer.text[:200]}")
        for call, body in BODIES.items():
            method, _space, path = call.partition(" ")
            answer = program.request(method, path, json=body)
            refused = answer.status_code in (404, 409, 422)
            empty = answer.status_code == 200 and (
                answer.json().get("articles") in (0, []) or "missed" in path
            )
            if not (refused or empty) or WORD in answer.text:
                wrong.append(f"{call}: {answer.status_code} {answer.text[:200]}")
    forms = [
        path
        for path, route in all_routes(build_routes())
        if "POST" in (route.methods or ())
        and path.startswith(
            ("/watch", "/alerts", "/silences", "/reviews", "/deliveries", "/stories", "/folders")
        )
    ]
    assert len(forms) > 30
    fields = {
        **{"csrf": press.csrf, "list": NAME_, "watch": NAME_, "watch_list": NAME_, "name": NAME_},
        **{"number": HIDDEN, "alert": HIDDEN, "alerts": HIDDEN, "kind": "alert", "hours": 1, "length": "1h"},
        **{"state": "done", "query": f'@list:"{NAME_}"', "old": f"{WORD} topic", "actor": "Ferry"},
    }
    for path in forms:
        asked = path.replace("{number}", str(HIDDEN))
        answer = press.admin.post(asked, data=fields)
        told = answer.text.replace(f"{WORD} topic", "")  # as it was typed
        if answer.status_code >= 500 or WORD in told:
            wrong.append(f"POST {asked}: {answer.status_code}")
    assert wrong == []
    assert snapshot(press) == before
    with press.program() as program:
        found = program.get("/api/v1/search", params={"q": f'@list:"{NAME_}"'})
        assert (found.status_code, WORD in found.text) == (200, False)
        assert found.json()["items"] == []


def test_an_admin_takes_it_over_and_all_admins_are_told(press: Press) -> None:
    with press.program() as program, press.program(press.running.tokens["admin"]) as nobody:
        listed = program.get("/api/v1/private-lists").json()["items"]
        assert listed == [{"id": HIDDEN, "owner": NAME, "editors": 0, "readers": 0}]
        assert nobody.post(f"/api/v1/private-lists/{HIDDEN}/take-over").status_code == 403
        taken = program.post(f"/api/v1/private-lists/{HIDDEN}/take-over")
        assert taken.json() == {
            **{"watch_list": NAME_, "private": True, "owner": "mallory"},
            **{"editors": [NAME], "readers": [], "may_share": True},
        }
        assert program.get(f"/api/v1/alerts/{HIDDEN}").status_code == 200
        told = nobody.get("/api/v1/audit", params={"subject": "private list"}).json()["items"][0]
    assert (told["who"], told["verb"], told["about"]) == ("hers", "take over", str(HIDDEN))
    assert told["facts"] == {"owner": NAME}
    assert json.dumps(told).count(NAME_) == 0
    assert press.owner.get("/watch/list", params={"name": NAME_}).status_code == 200
