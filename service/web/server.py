"""uvicorn in the service's own loop: binds early, so that a taken address stops the start; leaves signals to the service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import uvicorn

from service.web.connections import PatientProtocol
from service.web.proxies import TrustedProxies
from storage.addresses import Network

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT to the service, which stops this server itself."""
        yield


class WebServer:
    """Holds the address `listen` (host:port; port 0 takes any free one) while the context is open, and serves there.

    Raises `OSError`, naming the address, where it can't be bound.
    """

    def __init__(
        self,
        listen: str,
        protocol: type[PatientProtocol] = PatientProtocol,
        proxies: Sequence[Network] = (),
        identity: Sequence[str] = (),
    ) -> None:
        """`proxies`: whose word on who asks, and by which scheme, is believed; `identity`: their headers that sign in."""
        self._proxies = proxies
        self._identity = identity
        self._protocol = protocol
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)

    @property
    def url(self) -> str:
        """Where it is served."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def __enter__(self) -> WebServer:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((self._host, self._port))
        except OSError as error:
            self._socket.close()
            raise OSError(
                f"can't listen at {self._host}:{self._port}: {error.strerror}. Stop what uses it, or set [web] listen to another "
                'address (TOCSIN_WEB__LISTEN="127.0.0.1:8081").'
            ) from error
        self._port = self._socket.getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @asynccontextmanager
    async def serving(self, app: ASGIApp, stopping: asyncio.Event) -> AsyncIterator[None]:
        """Serve `app` while the context is open; sets `stopping` first when it ends, so that streams end too."""
        config = uvicorn.Config(
            TrustedProxies(app, self._proxies, self._identity),
            http=self._protocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,  # by `TrustedProxies`
        )
        server = _Server(config)
        self._socket.listen(
            config.backlog
        )  # who knocks before the server's task has begun waits, and is not turned away
        task = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            yield
        finally:
            stopping.set()
            server.should_exit = True
            server.force_exit = True
            await task
