"""`python -m tests.faults.entry SETTINGS [CONTROL]`: the real service, on the harness's name server and, with CONTROL, its clock.

Everything of ours is as `tocsin run` has it. The clock is what `open_service` takes; APScheduler, which asks the machine's for
itself, is given the same one. Every name leads to loopback, for as long as there is a name server.
"""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import aiohttp.connector
import apscheduler.schedulers.base
import apscheduler.triggers.interval
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult

import service.clock
from service.cli.errors import errors_in_words
from service.cli.running import serve
from service.logs import configure_logging
from service.settings import load_settings
from tests.faults.control import Control


def set_machines_clock(ahead: timedelta) -> None:
    """Have the machine's clock be so far ahead for all that ask it (`service.clock` is the place)."""

    def utc_now() -> datetime:
        return datetime.now(UTC) + ahead

    for module in list(sys.modules.values()):
        if getattr(module, "utc_now", None) is service.clock.utc_now and module is not service.clock:
            module.utc_now = utc_now  # type: ignore[attr-defined]
    service.clock.utc_now = utc_now


def main() -> None:
    """Run until it is told to stop."""
    set_machines_clock(timedelta(seconds=float(os.environ.get("FAULTS_AHEAD_SECONDS", "0"))))
    settings_file = Path(sys.argv[1])
    control = Control(Path(sys.argv[2])) if len(sys.argv) > 2 else None

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + (control.offset if control is not None else timedelta(0))

    class Names(AbstractResolver):
        def __init__(self, *_arguments: object, **_options: object) -> None:
            pass

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if control is not None and not control.names:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return [
                ResolveResult(
                    hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
                )
            ]

        async def close(self) -> None:
            pass

    apscheduler.schedulers.base.datetime = apscheduler.triggers.interval.datetime = Moved
    aiohttp.connector.DefaultResolver = Names  # type: ignore[assignment, attr-defined]
    settings, _warnings = load_settings(settings_file)
    configure_logging()
    with errors_in_words():
        uvloop.run(serve(settings, settings_file.name, clock=None if control is None else control.now))


if __name__ == "__main__":
    main()
