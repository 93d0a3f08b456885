"""Looking names up, for aiohttp's connector, which itself remembers what was found."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS = 32
"""A dead name server holds a thread for many seconds; asyncio's own few threads would then look up nothing else."""
REMEMBER_FAILURE = timedelta(seconds=30)
MOST_FAILURES = 1000


class Resolver(AbstractResolver):
    """Asks the system, in threads of its own, and remembers for half a minute which names were not found."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")
        self._failures: dict[str, tuple[float, OSError]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Gives the addresses of `host`. Raises `OSError` where it has none."""
        until, failure = self._failures.get(host, (0.0, None))
        if failure is not None and time.monotonic() < until:
            raise OSError(*failure.args)
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, _look_up, host, port, family
            )
        except OSError as error:
            self._remember(host, error)
            raise
        return found

    async def close(self) -> None:
        """Lets go of its threads; one that still waits for a name server ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _remember(self, host: str, error: OSError) -> None:
        self._failures.pop(host, None)
        if len(self._failures) >= MOST_FAILURES:
            del self._failures[next(iter(self._failures))]
        self._failures[host] = (time.monotonic() + REMEMBER_FAILURE.total_seconds(), error)


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    try:
        found = socket.getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except UnicodeError as error:  # a label that is empty or longer than 63 characters
        raise socket.gaierror(socket.EAI_NONAME, "not a name that can exist") from error
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=int(address[1]),
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _type, protocol, _name, address in found
    ]
