"""uvicorn in the service's own loop: binds early, so that a taken address stops the start; leaves signals to the service."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import uvicorn

from crawler.websub.callback import Callback
from service.web.app import build_app
from storage.engine import Database


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves SIGTERM and SIGINT to the service, which stops this server itself."""
        yield


class WebServer:
    """Serves the web application at `listen` (host:port; port 0 takes any free one) while the context is open.

    Raises `OSError`, naming the address, where it can't be had.
    """

    def __init__(self, listen: str, database: Database, callback: Callback) -> None:
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._database = database
        self._callback = callback

    @property
    def url(self) -> str:
        """Where it is served."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def __aenter__(self) -> WebServer:
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
        config = uvicorn.Config(
            build_app(self._database, self._callback), log_config=None, access_log=False, lifespan="off"
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task
        self._socket.close()
