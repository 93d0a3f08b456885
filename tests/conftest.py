"""What several tests need (databases: `tests.databases`): a clock that is told the time, the folder of real data."""

from __future__ import annotations

import gc
import os
import re
import threading
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

from crawler.pool import CpuPool, _stop_server
from service import credentials

pytest_plugins = ["tests.databases", "tests.pooler", "tests.brokers"]

# How long an example takes is the machine's affair: what Hypothesis draws decides, not what else runs beside it.
settings.register_profile("tocsin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("tocsin"), max_examples=25)
settings.load_profile("tocsin")

ROOT = Path(__file__).parent.parent
LOADED_BY_WORKERS = (
    "service.actions.previews",
    "alerts.review.printing.making",
    "service.reports.making",
    "service.folders.archive",
)
QUICK = "not thorough"
WHOLLY_THOROUGH = re.compile(r"^pytestmark = \[?[^\]\n]*\bpytest\.mark\.thorough\b", re.MULTILINE)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Give each process the next test. Tests of a file with fixtures of the module go to one process, by database.

    It goes by the file's text and the test's name: xdist's marks for groups are not seen where pytest is 9.2 or newer.
    """

    @override
    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if not shares_fixtures(file):
            return nodeid
        return f"{file} postgresql" if "[postgresql" in test else file

    @override
    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget what is done: xdist counts all that a process was ever given, after each test."""
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        given = self.assigned_work[node]
        if scope in given and all(given[scope].values()):
            del given[scope]


@cache
def shares_fixtures(file: str) -> bool:
    """Tell whether a test file, named from the repository's root, has fixtures or a loop of the module's scope."""
    return 'scope="module"' in (ROOT / file).read_text("utf-8")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples in the quick tests: what a module asks for is so many times `settings().max_examples`."""
    if config.getoption("markexpr") == QUICK:
        settings.load_profile("quick")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let Python's collector pass over what collecting makes, and come less often: a tenth of the tests' CPU went there."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Import wordfreq from a thread: it has every frame above it explained, which costs a second of CPU from within pytest."""
    if isinstance(collector, pytest.Session):
        thread = threading.Thread(target=import_module, args=("wordfreq",))
        thread.start()
        thread.join()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out modules that the quick tests have nothing of: their imports cost each process, too."""
    if config.getoption("markexpr") != QUICK or not collection_path.match("test_*.py"):
        return None
    return True if WHOLLY_THOROUGH.search(collection_path.read_text("utf-8")) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:  # noqa: ANN401  (py's Producer)
    """Share tests out one by one, so that no file is the last one running, but for those that share what is slow to make."""
    return OneByOne(config, log)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that a test runs in this process may say what is logged; the next test has it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module", autouse=True)
def _no_spider_left() -> Iterator[None]:
    """Each spider's thread ends with its tests and their services: one that spins on would take a core from all tests after."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("spider") and thread.ident is not None:  # and was not begun just now
            thread.join(60)
            assert not thread.is_alive(), thread.name


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """Give the hasher of passwords, which takes a tenth of a second of CPU by design; the tests go with one that takes none."""
    real = credentials._HASHER
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield real


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


@pytest.fixture(scope="session", autouse=True)
def _workers_server() -> Iterator[None]:
    """Keep the server that workers are forked from once a test has it started: each service would start it anew (3 s of CPU).

    It loads, besides what a service's does, what the first preview and the first file of a review load in each worker.
    """
    preload = forkserver.set_forkserver_preload
    stays = CpuPool(workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            forkserver, "set_forkserver_preload", lambda names: preload([*names, *LOADED_BY_WORKERS])
        )
        CpuPool._open.add(stays)
        yield
    CpuPool._open.discard(stays)
    if not CpuPool._open:
        _stop_server()
