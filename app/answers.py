"""Answers, ready to be sent: with the headers every answer carries, entity tags and content codings."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard
from starlette.types import Message

from app.metrics import Route
from app.resource import JSON_LD, TURTLE
from app.resources import RESOURCES

RawHeaders = list[tuple[bytes, bytes]]
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.compress(body, 6),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
"""Content codings in order of preference, each giving the same bytes for the same body."""
NEGOTIATED = tuple(f"/v1/{resource.name}/" for resource in RESOURCES if resource.forms)
"""What the paths of records begin with that can be had in several forms."""
QUOTED = re.compile(r'"[^"]*"')
"""A quoted value, in which commas and semicolons separate nothing."""
WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
SMALLEST = 1024
"""Bodies of up to so many bytes are not compressed."""
OVERHEAD = 2048
"""Bytes that an answer takes beside its body, as measured on record documents."""
NO_BODY: Message = {"type": "http.response.body", "body": b""}
CACHE_CONTROL = b"public, max-age=5, stale-while-revalidate=60, stale-if-error=86400"
EXPOSED = (
    b"ETag, Knowledge-Release, Link, Content-Location, Content-Disposition, Retry-After, Vary, Server-Timing, "
    b"X-Request-Id"
)
ALWAYS: RawHeaders = [
    (b"vary", b"Accept-Encoding"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED),
    (b"x-content-type-options", b"nosniff"),
]
API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
DOCS_POLICY = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def finished_headers(given: RawHeaders, path: str, *, tagged: bool) -> RawHeaders:
    """An answer's headers with those that every answer carries; `tagged` is for what a cache may keep."""
    headers = [header for header in given if header[0] not in (b"content-length", b"etag", b"vary")]
    negotiated = [b"Accept"] if negotiates(path) else []
    vary = b", ".join([b"Accept-Encoding", *negotiated, *(value for name, value in given if name == b"vary")])
    headers += [(name, vary if name == b"vary" else value) for name, value in ALWAYS]
    if not any(name == b"content-security-policy" for name, _ in given):
        headers.append((b"content-security-policy", DOCS_POLICY if path == "/docs" else API_POLICY))
    if tagged and not any(name == b"cache-control" for name, _ in given):
        headers.append((b"cache-control", CACHE_CONTROL))
    return headers


@lru_cache(1024)
def choose_encoding(accepted: bytes) -> str | None:
    """The coding to use for an `Accept-Encoding` header (RFC 9110); `None` for none."""
    weights: dict[str, float] = {}
    for entry in accepted.decode("latin-1").split(","):
        coding, _, parameter = entry.strip().lower().partition(";")
        try:
            weights[coding.strip()] = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get("*", 0.0)
    best = max(ENCODERS, key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def negotiates(path: str) -> bool:
    """Whether the `Accept` header decides in which form a path answers."""
    return path.startswith(NEGOTIATED) and not path.endswith("/references")


def choose_form(path: str, accepted: bytes) -> str | None:
    """The media type to answer with for an `Accept` header (RFC 9110); `None` for JSON, also where nothing fits."""
    form = _best_form(accepted)  # first, since it is remembered and nearly always JSON
    return form if form is None or negotiates(path) else None


@lru_cache(1024)
def _best_form(accepted: bytes) -> str | None:
    ranges: dict[str, tuple[float, int]] = {}
    for place, entry in enumerate(QUOTED.sub("", accepted.decode("latin-1")).lower().split(",")):
        name, *parameters = (part.strip() for part in entry.split(";"))
        given = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        ranges.setdefault(name, (float(given) if WEIGHT.fullmatch(given) else 0.0, -place))

    def rank(form: str) -> tuple[float, bool, int]:
        """How welcome a form is; of equals, one that is named comes before one a wildcard lets through."""
        for named in (form, f"{form.partition('/')[0]}/*", "*/*"):
            if named in ranges:
                quality, place = ranges[named]
                return quality, named == form, place
        return 0.0, False, 0

    best = max(("application/json", JSON_LD, TURTLE), key=rank)
    return None if best == "application/json" or rank(best)[0] == 0 else best


def matches_tag(if_none_match: bytes, etag: bytes) -> bool:
    """Whether an `If-None-Match` header names the tag, by weak comparison (RFC 9110)."""
    if if_none_match == etag:
        return True
    given = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return b"*" in given or etag in given


class Answer:
    """An answer as the messages that send it: whole, as a 304, or its headers only."""

    __slots__ = ("etag", "headers", "not_modified", "route", "start", "whole")

    def __init__(self, status: int, headers: RawHeaders, body: bytes, route: Route, etag: bytes | None = None) -> None:
        self.headers, self.route, self.etag = headers, route, etag
        if etag is not None:
            headers = [*headers, (b"etag", etag)]
        length = (b"content-length", b"%d" % len(body))
        self.start: Message = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
        self.whole: Message = {"type": "http.response.body", "body": body}
        kept = [header for header in headers if header[0] not in (b"content-type", b"content-encoding")]
        self.not_modified: Message = {"type": "http.response.start", "status": 304, "headers": kept}

    @property
    def body(self) -> bytes:
        """The body, coded as the headers say."""
        return self.whole["body"]  # type: ignore[no-any-return]  # a message's values are untyped

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.start["status"]  # type: ignore[no-any-return]  # as above

    @property
    def size(self) -> int:
        """Bytes it takes in memory, about."""
        return len(self.body) + OVERHEAD

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header; `None` without one."""
        return next((value for given, value in self.headers if given == name), None)

    def coded(self, coding: str) -> Answer:
        """The same answer, compressed; itself where it is too small for that."""
        if len(self.body) <= SMALLEST:
            return self
        headers = [*self.headers, (b"content-encoding", coding.encode())]
        etag = self.etag and self.etag[:-1] + b"-" + coding.encode() + b'"'
        return Answer(self.status, headers, ENCODERS[coding](self.body), self.route, etag)


def tag_of(body: bytes) -> bytes:
    """A strong entity tag of a body: half of its SHA-256, for which processors have instructions."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
