"""Which stages run in a process, and that a process builds no more than those."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.assembly import Watchers
from service.cli.app import app
from service.hints import Patience
from service.process import open_service
from service.settings import Settings
from service.stages import EVERY_ROLE, ROLES, STAGES, read_roles, stages_of
from storage.bell import Ring
from storage.errors import StorageError
from tests.archive import add_article, watch
from tests.conftest import Clock


def settings_on(url: str) -> Settings:
    return Settings.model_validate({"storage": {"url": url}, "web": {"listen": "127.0.0.1:0"}})


def test_every_stage_has_a_role_and_a_name_of_its_own() -> None:
    assert {stage.role for stage in STAGES} <= EVERY_ROLE
    assert len({stage.name for stage in STAGES}) == len(STAGES)
    assert stages_of(ROLES) == list(STAGES)


def test_roles_are_read() -> None:
    assert read_roles("poll, read") == {"poll", "read"}
    assert [stage.name for stage in stages_of(["send"])] == ["delivery", "reviews"]


@pytest.mark.parametrize("text", ["", "poll,reed", ","])
def test_what_is_no_role_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a role: poll, read, match"):
        read_roles(text)


def test_a_wrong_role_is_a_usage_error() -> None:
    answer = CliRunner().invoke(app, ["run", "--only", "reed"], env={"COLUMNS": "200"})
    assert answer.exit_code == 2
    assert "reed is not a role" in answer.output


async def test_sqlite_refuses_some_of_the_roles_in_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="--only needs PostgreSQL"):
        async with open_service(settings_on(f"sqlite:///{tmp_path / 't.db'}"), roles={"send"}):
            pass


async def test_a_process_builds_only_what_its_roles_need(upgraded_postgres_url: str, clock: Clock) -> None:
    async with open_service(
        settings_on(upgraded_postgres_url), clock=clock, roles={"send", "upkeep"}
    ) as service:
        running = asyncio.create_task(service.run())
        tick = service.parts.hints.register(only_ticks=True)
        async with asyncio.timeout(180):
            await tick.wait()
        assert {state.name for state in service.parts.pulse.stages()} == {
            "delivery",
            "reviews",
            "health",
            "control report",
            "upkeep",
        }
        built = vars(service.parts)
        assert "sender" in built
        assert not {"fetcher", "pool", "poller", "pages", "matching", "site"} & set(built)
        with pytest.raises(LookupError):
            assert service.url
        service.stop.set()
        await running


async def test_roles_in_two_processes_are_the_whole(upgraded_postgres_url: str, clock: Clock) -> None:
    settings = settings_on(upgraded_postgres_url)
    rest = EVERY_ROLE - {"poll", "read"}
    async with (
        open_service(settings, clock=clock, roles={"poll", "read"}) as crawling,
        open_service(settings, clock=clock, roles=rest) as other,
    ):
        assert crawling.web is None
        assert {*crawling.stages, *other.stages} == set(STAGES)
        assert not set(crawling.stages) & set(other.stages)


@pytest.mark.parametrize("has_company", [False, True])
async def test_a_stage_pauses_after_a_hint_only_where_another_service_hears_it(
    upgraded_postgres_url: str, has_company: bool
) -> None:
    async with open_service(settings_on(upgraded_postgres_url), roles={"send"}) as service:
        assert service.parts.presence is not None
        service.parts.presence.has_company = has_company
        wake = asyncio.Event()
        wake.set()
        waiting = asyncio.create_task(service._be_woken(wake, Patience(pause=3_600)))
        if has_company:
            await asyncio.wait([waiting], timeout=0.2)
            assert not waiting.done()
            service.stop.set()
        async with asyncio.timeout(60):
            await waiting


async def test_next_stage_in_another_process_is_woken_without_a_tick(
    upgraded_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.process.TICK", timedelta(hours=1))
    settings = settings_on(upgraded_postgres_url)
    grouped = asyncio.Event()
    watchers = Watchers(on_match=lambda _report: grouped.set())
    async with (
        open_service(settings, roles={"group"}, watchers=watchers) as grouping,
        open_service(settings, roles={"match"}) as matching,
    ):
        running = [asyncio.create_task(one.run()) for one in (grouping, matching)]
        async with asyncio.timeout(180):
            await grouping.bell.listens.wait()
            with matching.database.write() as session:
                watch(session, "W", actors=["Nasser Bourita"])
                add_article(session, "Talks in Rabat", "Nasser Bourita spoke.")
            matching.parts.hints.hear(Ring(to_all=True))
            await grouped.wait()
        for one in (grouping, matching):
            one.stop.set()
        await asyncio.gather(*running)
