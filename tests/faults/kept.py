"""A service's process, kept up as systemd would keep it: on a machine of its own, as far as one machine can play several."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL, Signals

ROOT = Path(__file__).parent.parent.parent
RESTART_SECONDS = 0.5
_PR_CAPBSET_DROP, _OVERRIDES = 24, (1, 2)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a service runs on."""

    name: str = "tocsin"
    """What its database's sessions are called."""
    is_alone: bool = True
    """It goes by the harness's clock; else by the database's, as services do."""
    is_ahead_by: timedelta = timedelta(0)
    """How far its own clock is ahead."""
    is_of_version_before: bool = False
    """It has the version before the newest migration, until it is upgraded."""
    is_contained: bool = False
    """Its host name is the same as that of others, and its process is number 1."""


class Kept:
    """A process that is started again, after a moment, whenever it has ended before its time."""

    def __init__(
        self, machine: Machine, settings: Path, log: list[str], exits: Counter[int], *, obeys_modes: bool
    ) -> None:
        """`settings` stands in the folder where it runs."""
        self.machine = machine
        self.settings = settings
        self._log = log
        self._exits = exits
        self._obeys_modes = obeys_modes
        self.process: Process | None = None
        self.is_up = asyncio.Event()
        self.is_leaving = False
        self.code = ROOT
        """The tree whose program it runs."""
        self.may_start = asyncio.Event()
        """Cleared: it is not started again for now."""
        self.may_start.set()

    @property
    def pid(self) -> int:
        """The service's process."""
        assert self.process is not None
        if self.machine.is_contained:  # what was started has it in another namespace
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            return int(children[0])
        return self.process.pid

    def signal(self, number: Signals) -> None:
        """Send a signal; the process may be gone already."""
        with suppress(ProcessLookupError, IndexError, FileNotFoundError):
            os.kill(self.pid, number)

    async def end(self, number: Signals) -> None:
        """Send a signal that ends the service, and wait until the process is gone."""
        assert self.process is not None
        process = self.process
        if process.returncode is None:
            self.signal(number)
        await process.wait()

    async def lose_machine(self) -> None:
        """SIGKILL, and the folder goes with all that the service had put there; `replace_machine` gives it another."""
        self.may_start.clear()
        await self.end(SIGKILL)
        settings = self.settings.read_text("utf-8")
        shutil.rmtree(self.settings.parent)
        self.settings.parent.mkdir()
        self.settings.write_text(settings, "utf-8")

    def replace_machine(self) -> None:
        """Start the service anew in a folder that has its settings and nothing else."""
        self.may_start.set()

    async def keep(self) -> None:
        """Start the service, and again, until it is to leave."""
        while not self.is_leaving:
            await self.may_start.wait()
            self.process = await asyncio.create_subprocess_exec(
                *self._command(),
                cwd=self.settings.parent,
                env=self._environment(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=PIPE,
                preexec_fn=_obey_modes if self._obeys_modes else None,
            )
            assert self.process.stderr is not None
            async for line in self.process.stderr:
                self._log.append(line.decode(errors="replace").rstrip())
                if "tocsin runs" in self._log[-1]:
                    self.is_up.set()
            await self.process.wait()
            self.is_up.clear()
            self._exits[self.process.returncode or 0] += 1
            if not self.is_leaving:
                await asyncio.sleep(RESTART_SECONDS)

    def _command(self) -> tuple[str, ...]:
        control = (str(self.settings.with_name("control")),) if self.machine.is_alone else ()
        entry = (sys.executable, "-m", "tests.faults.entry", str(self.settings), *control)
        if not self.machine.is_contained:
            return entry
        contained = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
        return (*contained, "sh", "-c", 'hostname tocsin; exec "$@"', "sh", *entry)

    def _environment(self) -> dict[str, str]:
        seconds = self.machine.is_ahead_by.total_seconds()
        return {**os.environ, "PYTHONPATH": str(self.code), "FAULTS_AHEAD_SECONDS": str(seconds)}


def _obey_modes() -> None:
    """Let modes of files count for root too, who otherwise writes whatever there is."""
    libc = ctypes.CDLL(None)
    for capability in _OVERRIDES:
        libc.prctl(_PR_CAPBSET_DROP, capability)
