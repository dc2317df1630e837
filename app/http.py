"""What stands around the app on every request, as pure ASGI: response cache, HEAD, tags, 304, coding, limits, headers.

A hit is answered here, before FastAPI, in a few dictionary lookups. A miss is computed once, however many ask for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import count
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.answers import NO_BODY, Answer, RawHeaders, choose_encoding, finished_headers, matches_tag, tag_of
from app.cache import Key
from app.direct import DirectRoutes
from app.errors import ProblemError, problem_response
from app.metrics import Metrics
from app.releases import Releases, Snapshot
from app.store import store_seconds

log = logging.getLogger("endoatlas")
OWN_HEADERS = {b"range", b"if-range", b"if-none-match", b"if-modified-since"}
"""Request headers that are dealt with here and not passed on."""
LARGE = 32_768
"""Bodies of more bytes are compressed off the event loop, so that hits need not wait."""
ATTEMPTS = 3
"""How often an answer is tried while the store fails in the middle of it: a replica may have taken over."""
PAUSE = 0.2
"""Seconds between attempts."""
REQUEST_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)
"""Request ids that are taken over from the request; others are replaced."""
FIRST_ID, NUMBERS = uuid4().hex[:16], count(1)


@dataclass
class _Request:
    """What the app made of a request."""

    scope: Scope
    id: str
    start: Message = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    store: list[float] = field(default_factory=lambda: [0.0])
    found: str | None = None
    """The template of the route in whose place the answer was found."""

    async def send(self, message: Message) -> None:
        """Stands in for the server's send."""
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))

    @property
    def template(self) -> str:
        """The route's whole template; `none` where no route took the request."""
        return self.found or getattr(self.scope.get("route"), "path_format", None) or "none"

    @property
    def timing(self) -> RawHeaders:
        """Headers of this one request."""
        whole = (time.perf_counter() - self.began) * 1000
        durations = f"cache;desc=miss, store;dur={self.store[0] * 1000:.2f}, total;dur={whole:.2f}"
        return [(b"server-timing", durations.encode()), (b"x-request-id", self.id.encode())]


class Edge:
    """The outermost layer: it answers from the cache, or has the app compute an answer and finishes it."""

    def __init__(
        self, app: ASGIApp, direct: DirectRoutes, releases: Releases, metrics: Metrics, body_limit: int
    ) -> None:
        self.app, self.direct, self.releases, self.metrics, self.body_limit = app, direct, releases, metrics, body_limit
        self._preflight = CORSMiddleware(self._uncached, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"]
        coded = accept = b""
        tags: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                coded = coded + b"," + value if coded else value
            elif name == b"if-none-match":
                tags = tags + b"," + value if tags else value
            elif name == b"accept":
                accept = accept + b"," + value if accept else value
        if method not in ("GET", "HEAD"):
            await (self._preflight if method == "OPTIONS" else self._uncached)(scope, receive, send)
            return
        coding = choose_encoding(coded) if coded else None
        snapshot = self.releases.current
        key = snapshot.cache.key(scope["path"], scope["query_string"], accept, coding)
        hit = snapshot.cache.get(key)
        if hit is not None:
            if tags is None and method == "GET" and not self.releases.closing:  # as below, in a third of the time
                await send(hit.start)
                await send(hit.whole)
                hit.route.hit.observe(time.perf_counter() - began)
                return
            unmodified = await self._send(hit, send, method, tags, None)
            if method == "GET":
                (hit.route.hit_not_modified if unmodified else hit.route.hit).observe(time.perf_counter() - began)
            else:
                hit.route.observe(method, 304 if unmodified else 200, "hit", time.perf_counter() - began)
            return
        request = self._request(scope)
        answer = await self._missed(snapshot, key, request)
        unmodified = await self._send(answer, send, method, tags, request.timing)
        answer.route.observe(method, 304 if unmodified else answer.status, "miss", time.perf_counter() - began)

    async def _uncached(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is no GET."""
        request = self._request(scope)
        try:
            body = await self._body(request, receive)
        except ClientDisconnect:
            return
        if body is not None:
            await self._ask(request, body)
        coding = choose_encoding(",".join(Headers(scope=scope).getlist("accept-encoding")).encode("latin-1"))
        answer = await self._finish(request, coding, tagged=False)
        await self._send(answer, send, scope["method"], None, request.timing)
        answer.route.observe(scope["method"], answer.status, "none", time.perf_counter() - request.began)

    async def _send(self, answer: Answer, send: Send, method: str, tags: bytes | None, more: RawHeaders | None) -> bool:
        """Send an answer as it was asked for; says whether as a 304."""
        start, body = answer.start, answer.whole
        unmodified = tags is not None and answer.etag is not None and matches_tag(tags, answer.etag)
        if unmodified:
            start, body = answer.not_modified, NO_BODY
        elif method == "HEAD":
            body = NO_BODY
        if self.releases.closing:
            more = [*(more or ()), (b"connection", b"close")]
        await send(start if more is None else {**start, "headers": [*start["headers"], *more]})
        await send(body)
        return unmodified

    def _request(self, scope: Scope) -> _Request:
        given = Headers(scope=scope).get("x-request-id", "")
        return _Request(scope, given if REQUEST_ID.fullmatch(given) else f"{FIRST_ID}-{next(NUMBERS)}")

    async def _missed(self, snapshot: Snapshot, key: Key, request: _Request) -> Answer:
        """The answer to a GET that is not in the cache, computed once for all who ask meanwhile.

        What is quick is done before anyone can ask.
        """
        if key[3] is None and self.direct.is_quick(request.scope["path"], request.scope["query_string"]):
            return await self._compute(snapshot, key, request)
        task = snapshot.flights.get(key)
        if task is None:
            task = asyncio.create_task(self._compute(snapshot, key, request))
            snapshot.flights[key] = task
            task.add_done_callback(lambda _: snapshot.flights.pop(key, None))
        return await asyncio.shield(task)

    async def _compute(self, snapshot: Snapshot, key: Key, request: _Request) -> Answer:
        *_, form, coding = key
        whole: Key = (*key[:3], None)
        answer = snapshot.cache.get(whole) if coding is not None else None
        if answer is None:
            for attempt in range(1, ATTEMPTS + 1):
                if form is not None or not await self._find(snapshot, request):
                    await self._ask(request, b"")
                failed = request.start["status"] == HTTPStatus.SERVICE_UNAVAILABLE
                if not failed or attempt == ATTEMPTS or self.releases.problem is not None:
                    break
                await asyncio.sleep(PAUSE)
            answer = await self._finish(request, None, tagged=request.start["status"] == HTTPStatus.OK)
            if self._keeps(snapshot, answer):
                snapshot.cache.put(whole, answer)
        if coding is None:
            return answer
        coded = await self._coded(answer, coding)
        if self._keeps(snapshot, answer):
            snapshot.cache.put((*whole[:3], coding), coded)
        return coded

    def _keeps(self, snapshot: Snapshot, answer: Answer) -> bool:
        """Whether an answer may stay in the cache of a release."""
        release = answer.header(b"knowledge-release")
        if release is not None and release != snapshot.release.encode():
            self.releases.wake()
            return False
        return answer.status == HTTPStatus.OK and b"no-store" not in (answer.header(b"cache-control") or b"")

    async def _find(self, snapshot: Snapshot, request: _Request) -> bool:
        """Have the answer found without the app, where it can be."""
        path, query = request.scope["path"], request.scope["query_string"]
        if not self.direct.takes(path, query):
            return False
        token = store_seconds.set(request.store)
        try:
            if self.direct.is_quick(path, query):
                found = self.direct.find(snapshot, path, query)
            else:
                loop = asyncio.get_running_loop()
                find = partial(copy_context().run, self.direct.find, snapshot, path, query)
                found = await loop.run_in_executor(self.direct.threads, find)
        finally:
            store_seconds.reset(token)
        if found is None:
            return False
        request.start = {"type": "http.response.start", "status": 200, "headers": found.headers}
        request.parts, request.found = [found.body], found.template
        return True

    async def _ask(self, request: _Request, body: bytes) -> None:
        """Have the app answer. What it cannot answer is logged, and has left as a problem document."""
        request.start, request.parts = {}, []
        if request.scope["method"] in {"GET", "HEAD"}:
            headers = [header for header in request.scope["headers"] if header[0] not in OWN_HEADERS]
            request.scope = {**request.scope, "method": "GET", "headers": headers, "extensions": {}}
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        async def receive() -> Message:
            return messages.pop() if messages else await never

        token = store_seconds.set(request.store)
        try:
            await self.app(request.scope, receive, request.send)
        except Exception:
            if not request.start:
                raise
            log.exception("request failed", extra={"fields": {"request_id": request.id}})
        finally:
            store_seconds.reset(token)

    async def _body(self, request: _Request, receive: Receive) -> bytes | None:
        """The whole body of a request; `None`, with the answer in place, where it is too large."""
        body, more = b"", True
        length = Headers(scope=request.scope).get("content-length", "")
        large = length.isdigit() and int(length) > self.body_limit
        while more and not large:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body, more = body + message.get("body", b""), message.get("more_body", False)
            large = len(body) > self.body_limit
        if not large:
            return body
        detail = f"The body is larger than {self.body_limit} bytes; send less at a time."
        error = ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)
        await problem_response(error, request.scope["path"])(request.scope, receive, request.send)
        return None

    async def _finish(self, request: _Request, coding: str | None, *, tagged: bool) -> Answer:
        """What the app answered, with headers, tag and coding; and a line in the log."""
        body = b"".join(request.parts)
        headers = finished_headers(request.start["headers"], request.scope["path"], tagged=tagged)
        route = self.metrics.route(request.template)
        answer = Answer(request.start["status"], headers, body, route, tag_of(body) if tagged else None)
        log.info(
            "request",
            extra={
                "fields": {
                    "request_id": request.id,
                    "method": request.scope["method"],
                    "path": request.scope["path"][:500],
                    "query": request.scope["query_string"][:500].decode("latin-1"),
                    "route": request.template,
                    "status": answer.status,
                    "bytes": len(body),
                    "milliseconds": round((time.perf_counter() - request.began) * 1000, 3),
                    "release": (answer.header(b"knowledge-release") or b"").decode() or None,
                }
            },
        )
        return answer if coding is None else await self._coded(answer, coding)

    @staticmethod
    async def _coded(answer: Answer, coding: str) -> Answer:
        if len(answer.body) > LARGE:
            return await run_in_threadpool(answer.coded, coding)
        return answer.coded(coding)
