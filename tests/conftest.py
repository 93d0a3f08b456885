"""What several tests need (databases: `tests.databases`): a clock that is told the time, the folder of real data."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from crawler.pool import CpuPool

pytest_plugins = ["tests.databases"]

ROOT = Path(__file__).parent.parent
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests are shared out one by one (`--dist loadgroup`), so that no file is the last one running.

    What a module's tests share is made once: those of a file that use one database together, or one browser, stay together.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "desk" in fixtures:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        elif "module_storage_url" in fixtures and isinstance(item, pytest.Function):
            kind = item.callspec.params["module_storage_url"]
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {kind}"))


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that a test runs in this process may say what is logged; the next test has it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def clock() -> Clock:
    """A clock at noon, UTC, on a Monday in March."""
    return Clock()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pages, feeds and stories; what needs it is skipped where it is not there."""
    folder = Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not at {folder}: set TOCSIN_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def worker_server() -> Iterator[None]:
    """Keep the server that workers are forked from: each test that starts a service would start it anew (3 s of CPU)."""
    pool = CpuPool(workers=1)
    asyncio.run(pool.run(len, ""))
    yield
    asyncio.run(pool.close())
