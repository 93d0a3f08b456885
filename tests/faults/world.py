"""The service under faults: its process, kept up as systemd would keep it, between outlets and receivers that work."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

from service.demo.receivers import MailReceiver, WebhookReceiver
from tests.faults.control import Control
from tests.faults.outlets import NAME, Outlets
from tests.faults.places import Place, SqlitePlace

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
RESTART_SECONDS = 0.5
PATIENCE_SECONDS = 600.0
"""Nothing is that slow, however busy the machine is."""
FAULT_OF_OURS = ("Traceback", "fault of ours")
_PR_CAPBSET_DROP, _OVERRIDES = 24, (1, 2)

TELLING = """
[web]
listen = "127.0.0.1:0"
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
[[channels]]
name = "desk"
type = "email"
to = ["desk@press.example"]
[[watch]]
name = "W"
channels = ["hook", "desk"]
alert = "article"
[[watch.actors]]
name = "{name}"
"""
"""Where alerts go, and of whom."""
SETTINGS = (
    """
[storage]
url = "{database}"
[crawler]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
per_host_delay = "0s"
timeout = "3s"
recheck = []
allow_networks = ["127.0.0.1/32"]
"""
    + TELLING
)


class Mail(MailReceiver):
    """A mail server that can hang in the middle of a mail."""

    def __init__(self) -> None:
        super().__init__()
        self.work = asyncio.Event()
        self.work.set()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self.work.wait()
        return await super().handle_DATA(server, session, envelope)


class World:
    """`async with World(place, folder) as world`: the service runs in it, and is started again whenever it ends."""

    def __init__(
        self, place: Place, folder: Path, *, outlets: Outlets | None = None, settings: str = SETTINGS
    ) -> None:
        self.place = place
        self.outlets = outlets or Outlets(hosts=4)
        self.mail = Mail()
        self.hook = WebhookReceiver(SECRET)
        self.control = Control(folder / "control")
        self.log: list[str] = []
        self.exits: Counter[int] = Counter()
        self._settings = folder / "settings.toml"
        self._form = settings
        self._process: Process | None = None
        self._up = asyncio.Event()
        self._leaving = False

    async def __aenter__(self) -> World:
        self._stack = AsyncExitStack()
        for resource in (self.outlets, self.mail, self.hook):
            await self._stack.enter_async_context(resource)
        self.outlets.open()
        text = self._form.format(
            database=self.place.url, smtp=self.mail.port, hook=self.hook.url, secret=SECRET, name=NAME
        )
        text += "".join(
            f'[[outlets]]\nname = "O{host}"\nfeeds = ["{self.outlets.feed_url(host)}"]\n'
            for host in range(self.outlets.hosts)
        )
        self._settings.write_text(text, encoding="utf-8")
        self._keeper = asyncio.create_task(self._keep())
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        self.outlets.work.set()
        self.mail.work.set()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        await self._keeper
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The service's process."""
        assert self._process is not None
        return self._process.pid

    async def up(self) -> None:
        """Wait until the service runs. Raises `TimeoutError` with what it logged."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._up.wait()
        except TimeoutError:
            raise TimeoutError("\n".join(["the service does not come up", *self.log[-30:]])) from None

    async def end(self, number: signal.Signals) -> None:
        """Send a signal that ends the service, and waits until the process is gone; it may be gone already."""
        assert self._process is not None
        process = self._process
        with suppress(ProcessLookupError):
            process.send_signal(number)
        await process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def workers(self) -> tuple[list[int], list[int]]:
        """Return the processes that fork workers, and the workers; multiprocessing's own bookkeeper is none of them."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if b"resource_tracker" in (entry / "cmdline").read_bytes():
                        continue
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    children.setdefault(parent, []).append(int(entry.name))
        servers = children.get(self.pid, [])
        return servers, [worker for server in servers for worker in children.get(server, ())]

    @property
    def faults_of_ours(self) -> list[str]:
        """What the service logged of bugs.

        A worker that starts while the service ends finds its pipes gone, and Python's forkserver says so: that is none.
        """
        return [
            line
            for line, following in zip(self.log, [*self.log[1:], ""], strict=True)
            if any(words in line for words in FAULT_OF_OURS)
            and "multiprocessing/forkserver.py" not in following
        ]

    async def _keep(self) -> None:
        """Start the service, and again, after a moment, whenever it has ended before its time."""
        while not self._leaving:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.entry"),
                *(str(self._settings), str(self._settings.with_name("control"))),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=PIPE,
                preexec_fn=_obey_modes if isinstance(self.place, SqlitePlace) else None,
            )
            assert self._process.stderr is not None
            async for line in self._process.stderr:
                self.log.append(line.decode(errors="replace").rstrip())
                if "tocsin runs" in self.log[-1]:
                    self._up.set()
            await self._process.wait()
            self._up.clear()
            self.exits[self._process.returncode or 0] += 1
            if not self._leaving:
                await asyncio.sleep(RESTART_SECONDS)


def _obey_modes() -> None:
    """Let modes of files count for root too, who otherwise writes whatever there is."""
    libc = ctypes.CDLL(None)
    for capability in _OVERRIDES:
        libc.prctl(_PR_CAPBSET_DROP, capability)
