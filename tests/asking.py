"""Asks an app in this process and gives exactly what it sends: status, headers, bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from starlette.types import ASGIApp, Message

Headers = Sequence[tuple[bytes, bytes]]
OF_ONE_REQUEST = {b"server-timing", b"x-request-id"}
"""Headers that differ from request to request."""


class Sent(NamedTuple):
    """What an app sent."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def lasting(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """All of it but what belongs to the one request."""
        kept = {name: value for name, value in self.headers.items() if name not in OF_ONE_REQUEST}
        return self.status, kept, self.body

    @property
    def computed(self) -> bool:
        """Whether it was computed for this request rather than kept from another."""
        return b"server-timing" in self.headers


async def ask(app: ASGIApp, path: str, query: bytes = b"", *, method: str = "GET", headers: Headers = ()) -> Sent:
    """Send one request without a body."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    start, *rest = sent
    return Sent(start["status"], dict(start["headers"]), b"".join(part.get("body", b"") for part in rest))


async def ask_at_once(app: ASGIApp, paths: Iterable[str]) -> list[Sent]:
    """Send several requests at the same time."""
    return await asyncio.gather(*(ask(app, path) for path in paths))
