"""What stands around the app on every request, as pure ASGI: HEAD, entity tags, 304, compression, limits, headers.

It lies outside FastAPI so that a response cache can stand here later.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus

import brotli
import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ProblemError, problem_response

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


class Edge:
    """The outermost layer: GET answers of status 200 get their tag, coding and cache headers here."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self.app, self.body_limit = app, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            answer = _Answer(scope, send)
            await self.app({**scope, "method": "GET"}, receive, answer.send)
        else:
            await self._limited(scope, receive, _with_security(scope, send))

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


def _with_security(scope: Scope, send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            _secure(MutableHeaders(scope=message), scope["path"])
        await send(message)

    return secured


class _Answer:
    """Takes the app's answer to a GET and sends what was asked for: whole, tagged, coded, or its headers only."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.forward, self.request = scope, send, Headers(scope=scope)
        self.start: Message = {}
        self.streaming = False

    async def send(self, message: Message) -> None:
        """Stands in for the server's send."""
        if message["type"] == "http.response.start":
            self.start = message
        elif self.streaming:
            if self.scope["method"] != "HEAD":
                await self.forward(message)
        elif message["type"] == "http.response.body" and message.get("more_body", False):
            await self._stream(message)
        elif message["type"] == "http.response.body":
            await self._whole(message.get("body", b""))
        else:
            await self.forward(message)

    async def _stream(self, message: Message) -> None:
        """An export, too large to hold: the handler gave its tag, and it goes out as it comes."""
        self.streaming = True
        headers = self._headers()
        if self._unmodified(headers):
            await self._send_head(HTTPStatus.NOT_MODIFIED, headers)
            return
        await self.forward(self.start)
        await self.forward(message if self.scope["method"] != "HEAD" else {**message, "body": b"", "more_body": False})

    async def _whole(self, body: bytes) -> None:
        headers = self._headers()
        if self.start["status"] == HTTPStatus.OK:
            etag = headers.get("etag") or f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
            coding = choose_encoding(self.request.get("accept-encoding")) if len(body) > SMALLEST else None
            if coding is not None:
                etag = f'{etag[:-1]}-{coding}"'
                headers["content-encoding"] = coding
            headers["etag"] = etag
            if self._unmodified(headers):
                await self._send_head(HTTPStatus.NOT_MODIFIED, headers)
                return
            if coding is not None:
                body = ENCODERS[coding](body)
        headers["content-length"] = str(len(body))
        await self.forward(self.start)
        await self.forward({"type": "http.response.body", "body": b"" if self.scope["method"] == "HEAD" else body})

    def _headers(self) -> MutableHeaders:
        headers = MutableHeaders(scope=self.start)
        _secure(headers, self.scope["path"])
        if self.start["status"] == HTTPStatus.OK:
            headers.setdefault("cache-control", CACHE_CONTROL)
            headers.add_vary_header("Accept-Encoding")
        return headers

    def _unmodified(self, headers: MutableHeaders) -> bool:
        if_none_match = self.request.get("if-none-match")
        return if_none_match is not None and "etag" in headers and matches_tag(if_none_match, headers["etag"])

    async def _send_head(self, status: HTTPStatus, headers: MutableHeaders) -> None:
        for name in ("content-length", "content-type", "content-encoding"):
            if name in headers:
                del headers[name]
        self.start["status"] = int(status)
        await self.forward(self.start)
        await self.forward({"type": "http.response.body", "body": b""})
        self.scope = {**self.scope, "method": "HEAD"}
