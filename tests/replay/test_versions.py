"""Pages read again while they are warm: edits are versions, with what changed, and who came and went."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from storage.diff import diff_paragraphs
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import FEED, World
from tests.replay.outlets import Answer, page, paragraphs
from tests.replay.steps import NOON, command, feed, stepped, versions

pytestmark = on_sqlite

URL = "http://gazette.example/talks"
HOUR = timedelta(hours=1)
BEGINNING = "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, after a pause."
MIDDLE = "Both delegations are expected to settle the number of licences, the ports and the share of the catch soon."
END = "The previous agreement ran out in the summer, and the boats have stayed in port since, a spokesperson said."
BOURITA = (
    "Nasser Bourita will lead one of the delegations, the ministry said in a statement on Monday evening."
)


def tagged(body: str, etag: str, asked: list[str | None], title: str = "Talks resume") -> Answer:
    """A page that answers 304 to its ETag."""
    document = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"

    def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.headers.get("If-None-Match"))
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(text=document, content_type="text/html", headers={"ETag": etag})

    return answer


@on_both
async def test_three_edits_are_three_versions_with_what_changed(world: World) -> None:
    asked: list[str | None] = []
    changed = MIDDLE.replace("expected to settle", "said to have settled")
    texts = [
        paragraphs(BEGINNING, MIDDLE, END),
        paragraphs(BEGINNING, MIDDLE, BOURITA, END),
        paragraphs(BEGINNING, changed, BOURITA, END),
        paragraphs(BEGINNING, changed, END),
    ]
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [tagged(text, f'"{number}"', asked) for number, text in enumerate(texts)]
    async with stepped(world, world.settings()) as steps:
        for hours in (0, 0.5, 1, 6, 24, 72, 100, 200):
            await steps.at(NOON + hours * HOUR)
        found = await steps.service.database.reading(versions)
    assert asked == [None, '"0"', '"1"', '"2"', '"3"']
    assert [version.number for version in found] == [2, 3, 4, 5]  # the first is what the feed said
    assert [version.seen_at - NOON for version in found] == [0 * HOUR, 1 * HOUR, 6 * HOUR, 24 * HOUR]
    edits = [
        [(change.kind, change.before, change.after) for change in diff_paragraphs(old.text, new.text)]
        for old, new in pairwise(found)
    ]
    assert edits == [[("added", "", BOURITA)], [("changed", MIDDLE, changed)], [("removed", BOURITA, "")]]
    assert [report.is_edit for report in steps.pages] == [False, True, True, True]
    assert [len(report.new_alerts) for report in steps.matches] == [0, 1, 0, 0]
    assert_told(world, edits)


def assert_told(world: World, edits: Sequence[Sequence[tuple[str, str, str]]]) -> None:
    told: dict[str, list[dict[str, Any]]] = json.loads(command(world, "alerts", "show", "1", "--json"))[
        "edits"
    ]
    (article,) = told.values()
    assert [
        [(change["kind"], change["before"], change["after"]) for change in edit["changes"]]
        for edit in article
    ] == list(edits)
    plain = command(world, "alerts", "show", "1")
    assert "Version 3" in plain
    assert "Version 5" in plain


@pytest.mark.thorough
async def test_an_actor_who_comes_or_goes_in_an_edit_is_an_update(world: World) -> None:
    blinken = "Antony Blinken is expected in the capital on the same day, an official said on Monday evening."
    texts = [
        paragraphs(BEGINNING, MIDDLE, BOURITA, END),
        paragraphs(BEGINNING, MIDDLE, BOURITA, blinken, END),
        paragraphs(BEGINNING, MIDDLE, blinken, END),
        paragraphs(BEGINNING, MIDDLE, END),
    ]
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", text) for text in texts]
    tracked = {"actors": [{"name": "Nasser Bourita"}, {"name": "Antony Blinken"}]}
    async with stepped(world, world.settings(watch=tracked)) as steps:
        for number, hours in enumerate((0, 1, 6, 24), start=1):
            await steps.at(NOON + hours * HOUR)
            await steps.service.parts.sender.step()
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= number, seconds=120)  # noqa: B023
    told = [(webhook.type, webhook.data["changes"]) for webhook in world.hook.webhooks]
    changed = "gazette.example changed its article"
    assert told == [
        ("alert.created", []),
        ("alert.updated", ["Antony Blinken is mentioned now", changed]),
        ("alert.updated", [changed, "Nasser Bourita is no longer mentioned by gazette.example"]),
        ("alert.updated", ["Antony Blinken is no longer mentioned by gazette.example"]),
    ]
    assert [webhook.data["alert_id"] for webhook in world.hook.webhooks] == [1, 1, 1, 1]


@pytest.mark.thorough
async def test_an_edited_headline_is_a_version(world: World) -> None:
    text = paragraphs(BEGINNING, MIDDLE, END)
    world.outlets.script[FEED] = [feed((URL, "Talks"))]
    world.outlets.script[URL] = [page("Talks resume in Rabat", text), page("Talks fail in Rabat", text)]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        await steps.at(NOON + 2 * HOUR)
        found = await steps.service.database.reading(versions)
    assert [version.title for version in found] == ["Talks", "Talks fail in Rabat"]


async def test_what_is_no_edit_makes_no_version(world: World) -> None:
    text = paragraphs(*(f"{BEGINNING} {number}" for number in range(12)))
    gone: Callable[[web.BaseRequest], web.Response] = lambda _request: web.Response(status=404)  # noqa: E731
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [
        page("Talks resume", text),
        page("Talks resume", text.replace(" on ", "  on ")),
        page(
            "Talks resume", paragraphs("Subscribe to read on: this text is for those who pay for it, sorry.")
        ),
        gone,
    ]
    async with stepped(world, world.settings()) as steps:
        for hours in (0, 1, 6, 24, 72, 100):
            await steps.at(NOON + hours * HOUR)
        assert len(await steps.service.database.reading(versions)) == 1
    assert world.outlets.times(URL) == 4  # a page that is gone is not asked for again


@pytest.mark.thorough
async def test_no_rechecks_where_the_settings_want_none(world: World) -> None:
    world.outlets.script[FEED] = [feed((URL, "Talks resume"))]
    world.outlets.script[URL] = [page("Talks resume", paragraphs(BEGINNING, MIDDLE, END))]
    settings = world.settings()
    crawler = settings.crawler.model_copy(update={"recheck": ()})
    async with stepped(world, settings.model_copy(update={"crawler": crawler})) as steps:
        for hours in (0, 1, 100):
            await steps.at(NOON + hours * HOUR)
    assert world.outlets.times(URL) == 1
