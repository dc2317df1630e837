"""What holds on every request: methods, tags, compression, headers, limits, problems."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Iterator

import brotli
import httpx
import pytest
import zstandard
from starlette.testclient import TestClient

from app.answers import choose_encoding
from app.resources import RESOURCES

PATHS = [
    "/v1", "/v1/vocabularies", "/v1/records", "/v1/conflicts", "/v1/release", "/v1/releases", "/v1/changes",
    "/v1/exports", "/v1/exports/hormones.jsonl", "/v1/exports/glossary.csv", "/v1/resolve?name=LH",
    "/v1/hormones/lh", "/v1/hormones/lh/references", "/v1/glossary/index", "/v1/glossary/hpg-axis",
    "/openapi.json", "/docs",
    *(f"/v1/{resource.name}" for resource in RESOURCES),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_head_and_tags(server: str, path: str) -> None:
    plain = {"accept-encoding": "identity"}
    answer = httpx.get(server + path, headers=plain)
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    assert tag.startswith('"'), "a strong tag"
    assert answer.headers["cache-control"] == ("public, max-age=5, stale-while-revalidate=60, stale-if-error=86400")
    assert "Accept-Encoding" in answer.headers["vary"]
    head = httpx.head(server + path, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == tag
    if "content-length" in answer.headers:
        assert head.headers["content-length"] == answer.headers["content-length"] == str(len(answer.content))
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        unmodified = httpx.get(server + path, headers=plain | {"if-none-match": given})
        assert (unmodified.status_code, unmodified.content) == (304, b"")
        assert unmodified.headers["etag"] == tag
        assert unmodified.headers["cache-control"] == answer.headers["cache-control"]
    assert httpx.get(server + path, headers=plain | {"if-none-match": '"other"'}).status_code == 200
    if path.startswith("/v1/") or path == "/openapi.json":
        assert answer.headers["knowledge-release"] == httpx.get(f"{server}/v1/release").json()["id"]


def raw(url: str, coding: str) -> httpx.Response:
    with httpx.stream("GET", url, headers={"accept-encoding": coding}) as answer:
        body = b"".join(answer.iter_raw())
    answer._content = body
    return answer


def test_larger_answers_are_compressed_on_request(server: str) -> None:
    url = f"{server}/v1/hormones"
    plain = raw(url, "identity").content
    tags = {raw(url, "identity").headers["etag"]}
    for coding, decode in (
        ("br", brotli.decompress),
        ("zstd", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
        ("gzip", gzip.decompress),
    ):
        answer = raw(url, coding)
        assert answer.headers["content-encoding"] == coding
        assert decode(answer.content) == plain
        assert len(answer.content) < len(plain) / 3
        tags.add(answer.headers["etag"])
        again = httpx.get(url, headers={"accept-encoding": coding, "if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
    assert len(tags) == 4, "each coding has a tag of its own"
    assert "content-encoding" not in raw(f"{server}/healthz", "br").headers


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("br;q=nonsense", None),
        ("deflate, ZSTD", "zstd"),
    ],
)
def test_the_coding_that_is_preferred(accepted: str, chosen: str | None) -> None:
    assert choose_encoding(accepted.encode()) == chosen


def test_browsers_on_other_sites_may_read(server: str) -> None:
    origin = {"origin": "https://example.org"}
    answer = httpx.get(f"{server}/v1/hormones/lh", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"]
    assert {"ETag", "Knowledge-Release", "Link", "Content-Location"} <= set(exposed.split(", "))
    preflight = httpx.options(
        f"{server}/v1/resolve",
        headers=origin | {"access-control-request-method": "POST", "access-control-request-headers": "content-type"},
    )
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_security_headers(server: str) -> None:
    for path in ("/v1/hormones/lh", "/v1/nothing", "/docs"):
        headers = httpx.get(server + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in httpx.get(f"{server}/v1").headers


def test_the_documentation_needs_no_other_site(server: str) -> None:
    page = httpx.get(f"{server}/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/assets/{asset}" in page
        assert httpx.get(f"{server}/docs/assets/{asset}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/hormones/", 404, "not-found"),
        ("GET", "/v1/hormones/%00", 404, "not-found"),
        ("GET", "/v1/hormones/%FF%FE", 404, "not-found"),
        ("GET", "/v1/hormones/a/b/c", 404, "not-found"),
        ("GET", "/v1/exports/nothing.csv", 404, "not-found"),
        ("GET", "/v1/changes?since=never", 422, "invalid-parameter"),
        ("GET", "/v1/hormones/lh/", 404, "not-found"),
        ("GET", "/v1/hormones//lh", 404, "not-found"),
        ("GET", "/v1/glossary?letter=AB", 422, "invalid-parameter"),
        ("GET", "/problems/none", 404, "not-found"),
        ("GET", "/v1/hormones?cursor=!", 400, "bad-cursor"),
        ("GET", "/v1/records?ids=a&q=b", 422, "invalid-parameter"),
        ("GET", "/v1/records?resource=gadgets", 422, "invalid-parameter"),
        ("GET", "/v1/hormones?receptor=nothing-at-all", 422, "unknown-name"),
        ("GET", "/v1/release?x=1", 422, "invalid-parameter"),
        ("GET", "/v1/resolve", 422, "invalid-parameter"),
        ("POST", "/v1/hormones", 405, "method-not-allowed"),
        ("DELETE", "/v1/hormones/lh", 405, "method-not-allowed"),
    ],
)
def test_problems_have_one_shape(client: TestClient, method: str, path: str, status: int, kind: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "errors", "suggestions"}
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["detail"]
    explained = client.get(problem["type"])
    assert explained.text.strip() == problem["title"]


def test_bodies_are_bounded_and_must_be_json(client: TestClient) -> None:
    large = client.post("/v1/resolve", content=b'{"names": ["' + b"x" * 1_100_000 + b'"]}')
    assert (large.status_code, large.json()["type"]) == (413, "/problems/body-too-large")

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    assert client.post("/v1/resolve", content=chunks()).status_code == 413
    for body in (b"", b"{", b"[1", b"\xff"):
        answer = client.post("/v1/resolve", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), body
        assert answer.headers["content-type"] == "application/problem+json"
    surrogate = client.post(
        "/v1/resolve", content=b'{"names": ["\\ud800"]}', headers={"content-type": "application/json"}
    )
    assert surrogate.status_code in (200, 422)
    unknown = client.post("/v1/resolve", json={"names": ["LH"], "limit": 3})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["location"] == "body.limit"


def test_lists_in_repeated_headers_count_as_one(server: str) -> None:
    tag = httpx.get(f"{server}/v1/hormones/lh", headers={"accept-encoding": "identity"}).headers["etag"]
    twice = [("accept-encoding", "identity"), ("if-none-match", '"other"'), ("if-none-match", tag)]
    assert httpx.get(f"{server}/v1/hormones/lh", headers=twice).status_code == 304
    codings = [("accept-encoding", "gzip"), ("accept-encoding", "br")]
    assert httpx.get(f"{server}/v1/hormones", headers=codings).headers["content-encoding"] == "br"


def test_errors_and_answers_to_posts_are_compressed_too(server: str) -> None:
    names = {"names": [f"nothing {number}" for number in range(60)]}
    answer = httpx.post(f"{server}/v1/resolve", json=names, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "etag" not in answer.headers


def test_links_are_ascii_and_lead_on(client: TestClient) -> None:
    answer = client.get("/v1/proteins/Estrogen%20receptor%20%CE%B1/references?limit=1")
    assert answer.status_code == 200
    assert client.get(answer.links["next"]["url"]).status_code == 200


def test_clients_that_read_nothing_do_not_hold_the_store(server: str) -> None:
    """Exports asked for and never read, on more connections than the store has."""
    host, port = server.removeprefix("http://").split(":")
    request = b"GET /v1/exports/interactions.jsonl HTTP/1.1\r\nHost: x\r\n\r\n" * 8
    stalled = [socket.create_connection((host, int(port))) for _ in range(60)]
    for connection in stalled:
        connection.sendall(request)
    assert httpx.get(f"{server}/readyz", timeout=30).status_code == 200
    for connection in stalled:
        connection.close()
    assert httpx.get(f"{server}/v1/hormones/lh", timeout=30).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/hormones/a%2F%00", "/v1/glossary?letter=%00", "/v1/interactions?subject=a/%00", "/v1/hormones?q=%00",
        "/v1/records?ids=%00", "/v1/changes?since=%00", "/v1/resolve?name=a%2F%00", "/v1/hormones?cursor=%00",
    ],
)  # fmt: skip
def test_null_characters_are_refused_or_find_nothing(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (200, 400, 404, 422)


@pytest.mark.parametrize("place", [[10**30], ["\ud800", "a"], ["a\0", "b"], [None, None], {}, 5])
def test_forged_cursors_are_refused(client: TestClient, place: object) -> None:
    text = json.dumps([place, "0" * 12, client.get("/v1/release").json()["id"]])
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    for path in ("/v1/hormones", "/v1/releases", "/v1/changes", "/v1/conflicts"):
        assert client.get(path, params={"cursor": cursor}).status_code == 400
