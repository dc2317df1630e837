"""What stands around the app on every request, as pure ASGI: HEAD, entity tags, 304, compression, limits, headers.

It lies outside FastAPI so that a response cache can stand here later.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

import brotli
import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ProblemError, problem_response

Asked = TypeVar("Asked")
CACHE_CONTROL = "public, max-age=5, stale-while-revalidate=60, stale-if-error=86400"
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.compress(body, 6),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""Content codings in order of preference, each giving the same bytes for the same body."""
SMALLEST = 1024
"""Bodies below this many bytes are not compressed."""


def choose_encoding(accepted: str | None) -> str | None:
    """The coding to use for an `Accept-Encoding` header (RFC 9110); `None` for none."""
    weights: dict[str, float] = {}
    for entry in (accepted or "").split(","):
        coding, _, parameter = entry.strip().lower().partition(";")
        try:
            weights[coding.strip()] = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get("*", 0.0)
    best = max(ENCODERS, key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def matches_tag(if_none_match: str, etag: str) -> bool:
    """Whether an `If-None-Match` header names the tag, by weak comparison (RFC 9110)."""
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in given or etag in given


OWN_HEADERS = {b"range", b"if-range", b"if-none-match", b"if-modified-since"}
"""Request headers that are dealt with here and not passed on."""


class Edge:
    """The outermost layer: every answer is coded and gets its headers here; a GET of status 200 also its tag."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self.app, self.body_limit = app, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        if scope["method"] in ("GET", "HEAD"):
            headers = [header for header in scope["headers"] if header[0] not in OWN_HEADERS]
            await self.app({**scope, "method": "GET", "headers": headers, "extensions": {}}, receive, answer.send)
        else:
            await self._limited(scope, receive, answer.send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > self.body_limit:
            await self._refuse(scope, receive, send)
            return
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
            if len(body) > self.body_limit:
                await self._refuse(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"The body is larger than {self.body_limit} bytes; send less at a time."
        error = ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)
        await problem_response(error, scope["path"])(scope, receive, send)


def _secure(headers: MutableHeaders, path: str) -> None:
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if path == "/docs":
        headers["content-security-policy"] = DOCS_POLICY


class _Answer:
    """Takes the app's answer and sends what was asked for: coded, tagged, 304, or its headers only."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.forward, self.request = scope, send, Headers(scope=scope)
        self.start: Message = {}
        self.parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Stands in for the server's send."""
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(b"".join(self.parts))
        else:
            await self.forward(message)

    async def _finish(self, body: bytes) -> None:
        headers = MutableHeaders(scope=self.start)
        _secure(headers, self.scope["path"])
        headers.add_vary_header("Accept-Encoding")
        coding = self._asked(choose_encoding, "accept-encoding") if len(body) > SMALLEST else None
        if coding is not None:
            headers["content-encoding"] = coding
        if self.start["status"] == HTTPStatus.OK and self.scope["method"] in ("GET", "HEAD"):
            headers.setdefault("cache-control", CACHE_CONTROL)
            tag = hashlib.blake2b(body, digest_size=16).hexdigest()
            headers["etag"] = etag = f'"{tag}-{coding}"' if coding else f'"{tag}"'
            if self._asked(lambda given: given is not None and matches_tag(given, etag), "if-none-match"):
                self.start["status"], body, coding = int(HTTPStatus.NOT_MODIFIED), b"", None
                for name in ("content-type", "content-encoding", "content-length"):
                    if name in headers:
                        del headers[name]
        body = ENCODERS[coding](body) if coding else body
        if self.start["status"] != HTTPStatus.NOT_MODIFIED:
            headers["content-length"] = str(len(body))
        await self.forward(self.start)
        await self.forward({"type": "http.response.body", "body": b"" if self.scope["method"] == "HEAD" else body})

    def _asked(self, read: Callable[[str | None], Asked], name: str) -> Asked:
        """What a request header asks for; given several times, it counts as one list (RFC 9110)."""
        return read(", ".join(self.request.getlist(name)) or None)
