"""Around every request: its id, the size of its body, its time, its line in the log, and headers that browsers obey."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from hint_train.serving.refusals import RefusedError, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hint_train.serving.limits import Limits
    from hint_train.serving.measures import Measures

_log = logging.getLogger(__name__)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    # Everything comes from the service itself; a picture that is to be sent is shown from memory.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SECURITY = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


class Guard:
    """ASGI middleware that lets no request be larger or slower than the limits.

    Parameters
    ----------
    json
        Ends of the addresses that take JSON and nothing else.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits, measures: Measures, json: tuple[str, ...] = ()) -> None:
        self._app, self._limits, self._measures, self._json = app, limits, measures, json
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        start, status = time.perf_counter(), 0
        own = [*_SECURITY, (b"x-request-id", request_id.encode())]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in own if pair[0] not in names)]
            await send(message)

        async def refuse(code: int, words: str) -> None:
            if not status:  # else the answer has begun, and its connection ends
                await refusal(code, words, request_id, {"Connection": "close"})(scope, receive, sending)

        self._measures.in_flight.inc()
        held = 0
        try:
            body = await self._body(scope, receive)
            held = len(body)
            async with asyncio.timeout(self._limits.max_seconds):
                await self._app(scope, _replaying(body, receive), sending)
        except RefusedError as error:
            await refuse(error.status, str(error))
        except TimeoutError:
            await refuse(
                503, f"the answer takes more than {self._limits.max_seconds:g} s; try again later, or ask for less"
            )
        except _GoneError:
            _log.info("%s the client went away", request_id)
        except Exception:
            _log.exception("%s failed", request_id)
            await refuse(500, "the service failed; its log says more under this request id")
        finally:
            self._hold(-held)
            self._measures.in_flight.dec()
            self._note(scope, request_id, status, time.perf_counter() - start)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body, refused as soon as it is known to be too large, and given back to the budget where it is not complete."""
        headers = dict(scope["headers"])
        takes_json = scope["method"] == "POST" and scope["path"].endswith(self._json)
        if takes_json and not _is_json(headers.get(b"content-type", b"")):
            raise RefusedError(415, "the body must be JSON, with the header Content-Type: application/json")
        limit = self._limits.max_body
        too_large = RefusedError(413, f"the body has more than {limit:,} bytes, the most that is taken (--max-body)")
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit():
            raise RefusedError(400, "the header Content-Length is no number")
        if len(declared) > 18 or int(declared) > limit:
            raise too_large
        parts: list[bytes] = []
        held = 0
        try:
            async with asyncio.timeout(self._limits.max_seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    part = message.get("body", b"")
                    held += len(part)
                    self._hold(len(part))
                    if held > limit:
                        raise too_large
                    if self._held > self._limits.max_held:
                        raise RefusedError(
                            503, "the service holds as many bytes of requests as it may; try again in a second"
                        )
                    parts.append(part)
                    more = message.get("more_body", False)
        except TimeoutError:
            self._hold(-held)
            raise RefusedError(408, f"the body did not arrive within {self._limits.max_seconds:g} s") from None
        except BaseException:
            self._hold(-held)
            raise
        return b"".join(parts)

    def _hold(self, change: int) -> None:
        self._held += change
        self._measures.held.set(self._held)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        # Never what was asked for: labels must be few.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
        self._measures.requests.labels(route, method, str(status)).inc()
        self._measures.seconds.labels(route).observe(seconds)
        if status >= 500:
            self._measures.errors.labels(route).inc()
        path = scope["path"][:200].encode("unicode_escape").decode()
        _log.info("%s %s %s %d %.1f ms", request_id, scope["method"], path, status, 1000 * seconds)


class _GoneError(Exception):
    """The client closed the connection before its request was complete."""


def _request_id(scope: Scope) -> str:
    """The caller's X-Request-ID where it is short and plain, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if _ID.fullmatch(given) else secrets.token_hex(8)


def _is_json(content_type: bytes) -> bool:
    return content_type.split(b";")[0].strip().lower() == b"application/json"


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A body that was read, as the application receives it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
