"""The API: paging, ETags, repeated calls, scopes, the stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from sqlmodel import select

from alerts.search import Indexer
from service.actions.tokens import make_token, revoke_token
from service.clock import utc_now
from storage.tables import ControlFinding, Outlet
from tests.archive import add_article, put, watch
from tests.conftest import ROOT
from tests.databases import on_both, on_sqlite
from tests.service.web.document import OPERATIONS, STREAM, document, shape_of
from tests.service.web.served import ALERTS, NAME, PASSWORD, Served, served_ferries

pytestmark = on_both


def _answer(operation: dict[str, Any] | None) -> dict[str, Any]:
    """Return the schema of what an operation gives where all is well; empty where that is no JSON."""
    content = (operation or {}).get("responses", {}).get("200", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema


@pytest.fixture(scope="module")
def api(module_storage_url: str) -> Iterator[Served]:
    """A service with a few alerts of a list called Ferries."""
    with served_ferries(module_storage_url) as running:
        yield running


def test_alerts_come_in_pages_and_each_once(api: Served) -> None:
    with api.client("read") as client:
        seen: list[int] = []
        cursor = None
        while True:
            query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
            page = client.get("/api/v1/alerts", params=query).json()
            seen += [alert["id"] for alert in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        whole = [alert["id"] for alert in client.get("/api/v1/alerts", params={"limit": 200}).json()["items"]]
    assert seen == whole == sorted(set(whole), reverse=True)
    assert len(whole) >= ALERTS


def test_missed_articles_are_traced_and_what_is_not_allowed_is_a_problem(api: Served) -> None:
    asked = {"text": "Talks https://herald.example/a/1\n", "addresses": ["https://gazette.example/1"]}
    with api.client("read") as client:
        answer = client.post("/api/v1/missed", json=asked).json()
        assert [one["reason"]["kind"] for one in answer["articles"]][1:] == ["not-followed"]
        assert answer["articles"][0]["found"]
        assert answer["missed_by_kind"] == {"not-followed": 1}
        for more, status, at in (
            ({"fetch": True}, 403, None),
            ({"watch_list": "Nobody"}, 422, "watch_list"),
            ({"addresses": ["https://a.example/1"] * 1001}, 422, "body.addresses"),
            ({"addresses": [], "text": "nothing"}, 422, "addresses"),
        ):
            refused = client.post("/api/v1/missed", json={**asked, **more})
            assert refused.status_code == status
            assert refused.headers["content-type"] == "application/problem+json"
            assert at is None or refused.json()["errors"][0]["at"] == at
        missing = client.get("/api/v1/missed/controls", params={"watch_list": "Nobody"})
        assert missing.status_code == 422


def test_comparison_comes_in_pages(api: Served) -> None:
    with api.service.database.write() as session:
        number = put(session, "Alerts", ["http://alerts.example/rss"], now=utc_now())
        session.get_one(Outlet, number).control = True
        for place in range(5):
            url = f"https://herald.example/{place}"
            session.add(
                ControlFinding(
                    outlet_id=number, canonical_url=url, url=url, title="", first_seen_at=utc_now()
                )
            )
    with api.client("read") as client:
        figure = client.get("/api/v1/missed/controls", params={"days": 9}).json()
        assert (figure["total"], figure["found"], figure["missed_by_kind"]) == (5, 0, {"not-followed": 5})
        assert figure["only_ours"] >= ALERTS
        seen: list[str] = []
        query: dict[str, Any] = {"days": 9, "limit": 2}
        while True:
            page = client.get("/api/v1/missed/controls/missed", params=query).json()
            seen += [one["url"] for one in page["items"]]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        ours = client.get("/api/v1/missed/controls/only-ours", params={"days": 9, "limit": 200}).json()
    assert seen == [f"https://herald.example/{place}" for place in range(5)]
    assert len(ours["items"]) == figure["only_ours"]


def test_mentions_point_into_the_text(api: Served) -> None:
    with api.client("read") as client:
        number = client.get("/api/v1/alerts").json()["items"][0]["id"]
        alert = client.get(f"/api/v1/alerts/{number}").json()
    (article,) = alert["articles"]
    assert article["mentions"]
    for mention in article["mentions"]:
        assert article[mention["field"]][mention["start"] : mention["end"]] == mention["surface"]


def test_what_is_known_is_not_sent_again(api: Served) -> None:
    with api.client("read") as client:
        first = client.get("/api/v1/watch-lists")
        again = client.get("/api/v1/watch-lists", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_of_what_was_edited_meanwhile_is_refused(api: Served) -> None:
    with api.client("write") as client:
        made = client.post("/api/v1/watch-lists", json={"name": "Edited"}).json()
        path = f"/api/v1/watch-lists/{made['id']}"
        tag = client.get(path).headers["etag"]
        first = client.patch(path, json={"languages": ["en"]}, headers={"If-Match": tag})
        second = client.patch(path, json={"languages": ["ar"]}, headers={"If-Match": tag})
        kept = client.get(path).json()["languages"]
    assert (first.status_code, second.status_code, kept) == (200, 412, ["en"])


def test_a_repeated_post_is_done_once(api: Served) -> None:
    with api.client("write") as client:
        key = {"Idempotency-Key": "order-1"}
        body = {"actor": "Ferry", "hours": 2}
        first = client.post("/api/v1/silences", json=body, headers=key)
        again = client.post("/api/v1/silences", json=body, headers=key)
        other = client.post("/api/v1/silences", json={**body, "hours": 3}, headers=key)
        silences = client.get("/api/v1/silences").json()["items"]
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert sum(silence["actor"] == "Ferry" for silence in silences) == 1


def test_silence_of_a_story_that_is_not_there_is_refused(api: Served) -> None:
    with api.client("write") as client:
        response = client.post("/api/v1/silences", json={"story": 987654, "hours": 1})
    assert (response.status_code, response.json()["detail"]) == (404, "there is no story 987654")


def test_alert_tells_its_story_and_how_its_rules_do(api: Served) -> None:
    with api.client("write") as client:
        number = client.get("/api/v1/alerts").json()["items"][0]["id"]
        client.put(f"/api/v1/alerts/{number}/dismissal")
        alert = client.get(f"/api/v1/alerts/{number}").json()
        client.delete(f"/api/v1/alerts/{number}/dismissal")
    assert alert["dismissed"]["via"] == "api"
    assert alert["growth"][-1]["articles"] == len(alert["articles"]) == 1
    (rule,) = (item for item in alert["precision"] if item["kind"] == "actor")
    assert (rule["name"], rule["alerts"] >= ALERTS, rule["dismissed"]) == ("Ferry", True, 1)
    (outlet,) = (item for item in alert["precision"] if item["kind"] == "outlet")
    assert outlet["dismissed"] == 1


def test_actors_come_in_by_file_and_twice_changes_nothing(api: Served) -> None:
    file = "name,aliases\nLeila Benali,ليلى بنعلي\n,\n".encode()
    with api.client("write") as client:
        number = client.post("/api/v1/watch-lists", json={"name": "From a file"}).json()["id"]
        path = f"/api/v1/watch-lists/{number}"
        shown = client.post(f"{path}/import?dry_run=true", content=file).json()
        assert client.get(f"{path}/actors").json()["items"] == []
        first = client.post(f"{path}/import", content=file).json()
        again = client.post(f"{path}/import", content=file).json()
        (actor,) = client.get(f"{path}/actors").json()["items"]
    assert [(row["line"], row["fate"], row["name"]) for row in shown["rows"]] == [
        (2, "added", "Leila Benali"),
        (3, "invalid", ""),
    ]
    assert (shown["added"], first["rows"]) == (1, [])
    assert (first["added"], [fault["line"] for fault in first["faults"]]) == (1, [3])
    assert (again["added"], again["unchanged"]) == (0, 1)
    assert [alias["text"] for alias in actor["aliases"]] == ["ليلى بنعلي"]


def test_outlets_go_out_and_come_in_as_opml(api: Served) -> None:
    with api.client("write") as client:
        made = client.post(
            "/api/v1/outlets",
            json={"name": "Courier", "feeds": ["http://courier.example/rss"], "language": "en"},
        ).json()
        document = client.get("/api/v1/outlets.opml").content
        kept = client.post("/api/v1/outlets.opml", content=document).json()
        client.delete(f"/api/v1/outlets/{made['id']}")
        back = client.post("/api/v1/outlets.opml", content=document).json()
        whole = client.get(f"/api/v1/outlets/{made['id']}").json()
        broken = client.post("/api/v1/outlets.opml", content=b"no list")
    assert (kept["added"], kept["unchanged"] >= 1, back["added"]) == ([], True, ["Courier"])
    assert [(feed["url"], feed["gaps"]) for feed in whole["feeds"]] == [("http://courier.example/rss", [])]
    assert broken.status_code == 422


def test_why_says_of_each_clause_whether_it_is_true(api: Served) -> None:
    with api.client("read") as client:
        number = client.get("/api/v1/alerts", params={"watch_list": "Ferries"}).json()["items"][0]["id"]
        article = client.get(f"/api/v1/alerts/{number}").json()["articles"][0]["id"]
        why = client.get("/api/v1/why", params={"article": article, "watch_list": "Ferries"}).json()
        missing = client.get("/api/v1/why", params={"article": "999999"})
    (explanation,) = why["explanations"]
    assert (explanation["actor"], explanation["clause"]["true"]) == ("Ferry", True)
    assert missing.status_code == 422


def test_spellings_are_proposed(api: Served) -> None:
    with api.client("read") as client:
        number = client.get("/api/v1/watch-lists").json()["items"][0]["id"]
        answer = client.get(f"/api/v1/watch-lists/{number}/spellings", params={"name": "Nasser Bourita"})
    proposed = {spelling["text"]: spelling["source"] for spelling in answer.json()["spellings"]}
    assert proposed["ناصر بوريطة"] == "transliteration"
    assert answer.json()["warnings"] == []


def test_users_are_added_changed_and_removed(api: Served) -> None:
    with api.client("admin") as client:
        link = client.post("/api/v1/users", json={"name": "leila", "role": "reader"}).json()["link"]
        number = next(
            user["id"] for user in client.get("/api/v1/users").json()["items"] if user["name"] == "leila"
        )
        changed = client.patch(f"/api/v1/users/{number}", json={"role": "editor"}).json()
        again = client.post(f"/api/v1/users/{number}/reset").json()["link"]
        first, second = (httpx.get(each).status_code for each in (link, again))
        gone = client.delete(f"/api/v1/users/{number}")
    assert (changed["role"], changed["has_password"]) == ("editor", False)
    assert (first, second, gone.status_code) == (404, 200, 204)  # a new link ends the one before


def test_preview_tells_of_a_broken_query_where(api: Served) -> None:
    with api.client("read") as client:
        good, bad, en_francais = (
            client.post("/api/v1/previews", json={"topics": [{"name": "T", "query": query}]}, headers=headers)
            for query, headers in (
                ("ferry", {}),
                ("(ferry OR", {}),
                ("(ferry OR", {"Accept-Language": "fr"}),
            )
        )
    assert (good.status_code, good.json()["articles"] >= ALERTS) == (200, True)
    assert bad.status_code == 422
    words = "the query ends too early: a word, a phrase or ( was expected"
    assert bad.json()["detail"] == f"query, character 9: {words}"
    assert "la requête s’arrête trop tôt" in en_francais.json()["detail"]


def test_trends_count_what_the_service_found(api: Served) -> None:
    with api.service.database.write() as session:
        watch(session, "Kites", actors=["Kite"], channels=[])
        add_article(session, "A kite over the harbour", "The kite is red.", at=utc_now(), outlet="Kite News")
    with api.client("read") as client:
        with client.stream("GET", STREAM, params={"after": 0}) as answer:
            lines = answer.iter_lines()
            while json.loads(_data(lines, 1)[0][6:])["watch_list"] != "Kites":
                pass
        trends = client.get("/api/v1/trends", params={"watch_list": "Kites", "days": 7}).json()
    (volume,) = trends["watch_lists"]
    assert (trends["articles"], volume["total"], volume["days"][-1]["articles"]) == (1, 1, 1)
    assert (trends["outlets"], [name["name"] for name in trends["names"]]) == ({"Kite News": 1}, ["Kite"])


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        pytest.param(None, "GET", "/api/v1/alerts", 401, id="no token"),
        pytest.param("read", "GET", "/api/v1/alerts", 200, id="reading"),
        pytest.param("read", "PUT", "/api/v1/alerts/1/dismissal", 403, id="writing with a token to read"),
        pytest.param("write", "PUT", "/api/v1/alerts/1/dismissal", 204, id="writing"),
        pytest.param("write", "GET", "/api/v1/tokens", 403, id="tokens without admin"),
        pytest.param("admin", "GET", "/api/v1/tokens", 200, id="tokens"),
        pytest.param(None, "GET", "/metrics", 401, id="metrics without a token"),
        pytest.param("read", "GET", "/metrics", 200, id="metrics"),
        pytest.param(None, "GET", "/healthz", 200, id="health"),
        pytest.param("read", "GET", "/api/v1/nothing", 404, id="nothing there"),
    ],
)
def test_scopes(api: Served, scope: str | None, method: str, path: str, status: int) -> None:
    with api.client(scope) as client:
        response = client.request(method, path)
    assert response.status_code == status
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status


def test_a_token_is_shown_once_and_ends_when_revoked(api: Served) -> None:
    with api.client("admin") as client:
        made = client.post("/api/v1/tokens", json={"name": "short", "scopes": ["read"]}).json()
        listed = client.get("/api/v1/tokens")
        bearer = {"Authorization": f"Bearer {made['token']}"}
        before = httpx.get(f"{api.url}/api/v1/alerts", headers=bearer)
        client.delete(f"/api/v1/tokens/{made['id']}")
        after = httpx.get(f"{api.url}/api/v1/alerts", headers=bearer)
    assert made["token"] not in listed.text
    assert (before.status_code, after.status_code) == (200, 401)


def test_channel_is_tested_step_by_step(api: Served) -> None:
    with api.client("write") as client:
        channel = client.get("/api/v1/channels").json()["items"][0]
        told = client.post(f"/api/v1/channels/{channel['id']}/test").json()
    assert told["sent"] is True, told
    assert told["steps"][-1]["step"] == "answer"
    assert all(step["ok"] for step in told["steps"])


def test_provisioned_list_is_read_only(api: Served) -> None:
    with api.client("write") as client:
        lists = client.get("/api/v1/watch-lists").json()["items"]
        number = next(item["id"] for item in lists if item["provisioned"])
        response = client.put(f"/api/v1/watch-lists/{number}/actors", json={"name": "Someone"})
    assert response.status_code == 422
    assert "declared in the settings file" in response.json()["detail"]


def test_broken_query_is_told_with_its_place(api: Served) -> None:
    with api.client("read") as client:
        checked = client.post("/api/v1/queries/check", json={"query": "ferry AND"}).json()
    assert checked["fault"]["position"] == 9


def test_stream_gives_what_was_missed_and_then_what_comes(api: Served) -> None:
    with api.client("read") as client:
        known = [alert["id"] for alert in client.get("/api/v1/alerts", params={"limit": 200}).json()["items"]]
        missed = sorted(known)[-3:]
        with client.stream("GET", STREAM, headers={"Last-Event-ID": str(missed[0])}) as answer:
            lines = answer.iter_lines()
            seen = [json.loads(line[6:])["id"] for line in _data(lines, 2)]
            with api.service.database.write() as session:
                add_article(session, "A new ferry", "It is a ferry.", at=utc_now())
            (line,) = _data(lines, 1)
    assert seen == missed[1:]
    assert json.loads(line[6:])["title"] == "A new ferry"


def test_stream_ends_when_its_token_is_revoked(api: Served) -> None:
    with api.service.database.write() as session:
        _id, secret = make_token(session, "a reader's", ["read"], now=utc_now())
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=api.url, headers=headers, timeout=60, verify=False) as client:
        with client.stream("GET", STREAM) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "retry: 2000"
            with api.service.database.write() as session:
                revoke_token(session, "a reader's", now=utc_now())
            assert not [line for line in lines if line.startswith("data:")]  # it ends by itself
        assert client.get("/api/v1/alerts").status_code == 401


def test_metrics_are_named_as_prometheus_asks(api: Served) -> None:
    with api.client("read") as client:
        text = client.get("/metrics").text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {"tocsin_polls_total", "tocsin_queue_length", "tocsin_notifications", "tocsin_stage_up"} <= names
    assert all(name.startswith(("tocsin_", "python_", "process_")) for name in names)


def test_dashboard_asks_for_metrics_that_there_are(api: Served) -> None:
    with api.client("read") as client:
        text = client.get("/metrics").text
    told = {line.split("{")[0].split()[0] for line in text.splitlines() if not line.startswith("#")}
    told |= {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}  # none counted yet
    told |= {f"{name}_bucket" for name in told}
    panels = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))["panels"]
    asked = {
        name
        for panel in panels
        for target in panel.get("targets", [])
        for name in re.findall(r"\btocsin_\w+", target["expr"])
    }
    assert len(asked) >= 8
    assert asked <= told


OPEN = {"/healthz", "/readyz", "/api/v1/schemas/webhook"}


@on_sqlite
def test_nothing_is_told_without_a_token(api: Served) -> None:
    with api.client() as client:
        told = {
            (path, method)
            for path, method in OPERATIONS
            if client.request(method, path.replace("{number}", "1"), json={}).status_code != 401
        }
    assert told == {(path, "get") for path in OPEN}


def _data(lines: Iterator[str], count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("data:"):
            found.append(line)
    return found


def test_lists_are_of_one_form() -> None:
    answers = {path: _answer(operations.get("get")) for path, operations in document()["paths"].items()}
    lists = {
        path: schema
        for path, schema in answers.items()
        if schema.get("type") == "array" or schema.get("$ref", "").startswith("#/components/schemas/Page")
    }
    assert len(lists) > 20
    otherwise = [
        path
        for path, schema in lists.items()
        if "$ref" not in schema or not {"items", "next"} <= set(shape_of(schema["$ref"])["properties"])
    ]
    assert otherwise == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param(
            "watchlist=x", "There is no parameter 'watchlist' here; did you mean 'watch_list'?", id="near"
        ),
        pytest.param("page=2", "There is no parameter 'page' here. There are: ", id="far"),
    ],
)
def test_unknown_parameter_is_refused(api: Served, query: str, said: str) -> None:
    with api.client("read") as client:
        answer = client.get(f"/api/v1/alerts?{query}")
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(said)
        assert answer.json()["errors"][0]["at"] == f"query.{query.partition('=')[0]}"
    with api.client() as nobody:
        assert nobody.get(f"/api/v1/alerts?{query}").status_code == 401


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param("alerts?since=2026-11-01", "needs its time zone", id="a date alone"),
        pytest.param("alerts?since=soon", "is not a time", id="no time"),
        pytest.param("trends/chart?since=soon", "is not a date", id="no date"),
    ],
)
def test_what_is_no_time_is_told_how_to_write_it(api: Served, query: str, said: str) -> None:
    with api.client("read") as client:
        answer = client.get(f"/api/v1/{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith(f"{said}: write it like 2026-11-30")


def test_name_of_an_outlet_where_its_address_is_wanted_is_told_where_to_look(api: Served) -> None:
    with api.client("write") as client:
        answer = client.post("/api/v1/outlets/discover", json={"site": "BBC News"})
        bare = client.post("/api/v1/outlets/discover", json={"site": "127.0.0.1"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "at": "site",
            "message": "'BBC News' is a name: give the address of its site, such as bbc.com, or look for it in the catalogue",
        }
    ]
    assert bare.status_code == 200, "an address without https:// is looked at, as on the page"


def test_unknown_parameter_is_refused_in_the_caller_s_language(api: Served) -> None:
    with api.client("admin") as client:
        answer = client.get("/api/v1/users?x=1", headers={"Accept-Language": "fr"})
    assert answer.headers["content-language"] == "fr"
    assert "x" in answer.json()["detail"]
    assert not answer.json()["detail"].startswith("There is")


def test_an_alert_has_what_its_row_has(api: Served) -> None:
    with api.client("read") as client:
        row = client.get("/api/v1/alerts").json()["items"][0]
        whole = client.get(f"/api/v1/alerts/{row['id']}").json()
    assert set(row) <= set(whole)
    same = set(row) - {"articles", "dismissed"}  # told at length there
    assert {key: whole[key] for key in same} == {key: row[key] for key in same}
    assert len(whole["articles"]) == row["articles"]


def test_description_of_the_api_is_served_here(api: Served) -> None:
    with api.client() as client:
        page = client.get("/docs")
        assert page.status_code == 200
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert all(address.startswith(("/", "#")) for address in addresses)
        for address in addresses:
            if address.startswith(("/static/", "/api/")):
                assert client.get(address).status_code == 200, address


def test_search_is_by_publication_counted_filtered_saved_and_exported(api: Served) -> None:
    with api.service.database.write() as session:
        for number in range(70):
            at = utc_now() - timedelta(days=number % 10, minutes=number)
            add_article(
                session,
                f"Lighthouse {number}",
                "It shines.",
                at=at,
                outlet="Coast",
                language="en",
                matched=True,
            )
        outlet = session.exec(select(Outlet).where(Outlet.name == "Coast")).one()
        outlet.country, outlet.tags = "MA", ["regional"]
    indexer = Indexer(api.service.database)
    while True:
        with api.service.database.write() as session:
            if not indexer.index_some(session):
                break
    with api.client("write") as client:
        seen: list[dict[str, Any]] = []
        totals: list[dict[str, Any]] = []
        query: dict[str, Any] = {"q": "lighthouse", "limit": 20, "country": "MA", "type": "regional"}
        while True:
            page = client.get("/api/v1/search", params=query).json()
            seen += page["items"]
            totals.append(page["total"])
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        dates = [article["published_at"] for article in seen]
        assert (len({article["article"] for article in seen}), dates) == (70, sorted(dates, reverse=True))
        assert totals[0]["count"] == 70 or not totals[0]["exact"]
        assert totals[1:] == [None] * (len(totals) - 1)
        assert client.get("/api/v1/search", params={"q": "lighthouse", "country": "FR"}).json()["items"] == []
        exported = client.get(
            "/api/v1/search/export", params={"q": "lighthouse", "sort": "oldest", "format": "csv"}
        )
        rows = exported.content.decode("utf-8-sig").splitlines()
        assert len(rows) == 71
        assert [row.split(",")[0] for row in rows[1:]] == [str(article["article"]) for article in seen[::-1]]
        printed = client.get("/api/v1/search/export", params={"q": "lighthouse", "format": "html"})
        assert printed.text.count("<tr>") == 71
        saved = {"name": "Lights", "query": "lighthouse", "filters": {"country": "MA", "days": 30}}
        number = client.put("/api/v1/searches", json=saved).json()["id"]
        assert client.put("/api/v1/searches", json={**saved, "query": "lighthouse OR"}).status_code == 422
        listed = client.get("/api/v1/searches").json()["items"]
        assert [(one["name"], one["filters"]) for one in listed] == [
            ("Lights", {"country": "MA", "days": "30"})
        ]
        assert client.delete(f"/api/v1/searches/{number}").status_code == 204
        assert client.get("/api/v1/searches").json()["items"] == []


def sign_in(api: Served, client: httpx.Client) -> None:
    link = api.first_link()
    if link is not None:
        client.post(link, data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
    assert client.post("/login", data={"name": NAME, "password": PASSWORD}).status_code == 303


def test_days_of_a_trend_are_those_of_who_reads(api: Served) -> None:
    days = set()
    with api.client() as client:
        sign_in(api, client)
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # 25 hours apart: never the same day
            client.cookies.set("tocsin_zone", zone)
            page = client.get("/trends/one?watch=Ferries&kind=list&name=Ferries&days=7").text
            days.add(re.findall(r"<tr><td>([^<]+)", page)[0])
    assert len(days) == 2


def test_page_goes_on_with_a_search_where_it_stopped(api: Served) -> None:
    with api.client() as client:
        sign_in(api, client)
        found: list[str] = []
        path = "/search?q=lighthouse&days="
        while True:
            page = client.get(path)
            found += re.findall(r"Lighthouse (\d+)", page.text)
            onward = re.search(r'href="(/search\?[^"]+)" rel="next"', page.text)
            if onward is None:
                break
            path = unescape(onward.group(1))
    assert (len(found), len(set(found))) == (70, 70)
