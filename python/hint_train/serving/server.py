"""A server for the application: one process that ends well."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from hint_train.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it: the library would raise them again in the end, and no exit code were 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Stopper:
    """A signal handler: the first signal lets what is begun be finished, the second does not."""

    def __init__(self) -> None:
        self._server: _Server | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Stop the server; before there is one, end as any command does."""
        if self._server is None:
            raise KeyboardInterrupt
        self._server.handle_exit(number, frame)

    def watch(self, server: _Server) -> None:
        """From now on the signals are for `server`."""
        self._server = server


def bind(host: str, port: int) -> socket.socket:
    """A socket for an address; `serve` listens there.

    Raises
    ------
    ConfigError
        The address is none of this machine, or another program listens there.
    """
    if not 0 <= port < 2**16:  # the system would take it modulo 65,536
        raise ConfigError(f"--port must be 0 to 65535, got {port}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigError(f"--host {host} --port {port}: no address to listen at ({error})") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise ConfigError(
            f"--host {host} --port {port}: {error.strerror or error}; choose another host or port"
        ) from error
    return taken


def address_of(taken: socket.socket) -> str:
    """Where a browser finds what listens there."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: FastAPI, taken: socket.socket, stopper: Stopper, seconds: float, ready: Callable[[], None]) -> None:
    """Answer until a signal comes, and then finish what is begun, for some seconds at most."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=max(1, round(seconds)),
    )
    server = _Server(config)
    stopper.watch(server)

    async def run() -> None:
        serving = asyncio.create_task(server.serve([taken]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            ready()
        await serving

    asyncio.run(run())
