"""The service under faults: its process, kept up as systemd would keep it, between outlets and receivers that work."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

from service.demo.receivers import MailReceiver, WebhookReceiver
from tests.faults.control import Control
from tests.faults.kept import Kept, Machine
from tests.faults.outlets import NAME, Outlets
from tests.faults.places import Place, SqlitePlace
from tests.faults.versions import version_before

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
PATIENCE_SECONDS = 600.0
"""Nothing is that slow, however busy the machine is."""
FAULT_OF_OURS = ("Traceback", "fault of ours")

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
        self,
        place: Place,
        folder: Path,
        *,
        outlets: Outlets | None = None,
        settings: str = SETTINGS,
        machines: Sequence[Machine] = (Machine(),),
    ) -> None:
        """`machines`: a service runs on each."""
        self.place = place
        self.outlets = outlets or Outlets(hosts=4)
        self.mail = Mail()
        self.hook = WebhookReceiver(SECRET)
        self.control = Control(folder / "control")
        self.log: list[str] = []
        self.notes: list[str] = []
        """What faults have to say of themselves, such as how long something took."""
        self.exits: Counter[int] = Counter()
        self._form = settings
        obeys_modes = isinstance(self.place, SqlitePlace)
        folders = [folder if machine.is_alone else folder / machine.name for machine in machines]
        self.services = [
            Kept(machine, own / "settings.toml", self.log, self.exits, obeys_modes=obeys_modes)
            for machine, own in zip(machines, folders, strict=True)
        ]

    async def __aenter__(self) -> World:
        self._stack = AsyncExitStack()
        for resource in (self.place, self.outlets, self.mail, self.hook):
            await self._stack.enter_async_context(resource)
        self.outlets.open()
        outlets = "".join(
            f'[[outlets]]\nname = "O{host}"\nfeeds = ["{self.outlets.feed_url(host)}"]\n'
            for host in range(self.outlets.hosts)
        )
        for service in self.services:
            if service.machine.is_of_version_before:
                service.code = await asyncio.to_thread(
                    version_before, service.settings.parent.with_name("before")
                )
            text = self._form.format(
                database=self.place.url_of(service.machine.name),
                smtp=self.mail.port,
                hook=self.hook.url,
                secret=SECRET,
                name=NAME,
            )
            service.settings.parent.mkdir(exist_ok=True)
            service.settings.write_text(text + outlets, encoding="utf-8")
        self._keepers = [asyncio.create_task(service.keep()) for service in self.services]
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self.services:
            service.is_leaving = True
        self.outlets.work.set()
        self.mail.work.set()
        for service in self.services:
            if service.process is not None and service.process.returncode is None:
                service.signal(signal.SIGCONT)
                service.signal(signal.SIGTERM)
        await asyncio.gather(*self._keepers)
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The first service's process."""
        return self.services[0].pid

    async def up(self) -> None:
        """Wait until every service runs. Raises `TimeoutError` with what was logged."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for service in self.services:
                    await service.is_up.wait()
        except TimeoutError:
            raise TimeoutError("\n".join(["the service does not come up", *self.log[-30:]])) from None

    async def end(self, number: signal.Signals) -> None:
        """Send the first service a signal that ends it, and wait until the process is gone; it may be gone already."""
        await self.services[0].end(number)

    def signal(self, number: signal.Signals) -> None:
        """Send the first service a signal."""
        self.services[0].signal(number)

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
