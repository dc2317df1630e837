"""The response cache shows in nothing but speed, and stays within its bounds."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from app.main import create_app
from app.resource import Resource
from app.resources import RESOURCES
from app.settings import Settings
from tests.asking import Sent, ask, ask_at_once

PATHS = [
    "/v1", "/v1/records", "/v1/conflicts", "/v1/release", "/v1/vocabularies", "/v1/exports/axes.csv", "/v1/resolve",
    "/v1/search", "/v1/suggest",
    "/v1/hormones/lh", "/v1/hormones/lutropin", "/v1/hormones/hormones/lh", "/v1/hormones/lh/references",
    "/v1/hormones/nothing", "/nothing", "/docs", "/docs/assets/swagger-ui.css", "/problems/not-found", "/healthz",
    "/v1/glossary/index", "/v1/glossary/hpg-axis", "/v1/glossary/HPG axis", "/v1/glossary/nothing",
    *(f"/v1/{resource.name}" for resource in RESOURCES),
]  # fmt: skip
PARAMETERS = st.sampled_from(
    [
        "limit=2",
        "limit=3",
        "limit=x",
        "q=gonad",
        "sort=-name",
        "facets=true",
        "name=LH",
        "name=E2",
        "name=",
        "x=1",
        "ids=a",
        "q=%C3%B6strogen",
        "resource=hormones",
    ]
)
REQUESTS = st.tuples(
    st.sampled_from(["GET", "HEAD"]),
    st.sampled_from(PATHS),
    st.lists(PARAMETERS, max_size=3).map(lambda pairs: "&".join(pairs).encode()),
    st.sampled_from([b"", b"gzip", b"br", b"zstd, gzip;q=0.5", b"identity"]),
    st.sampled_from(["none", "star", "own", "other"]),
    st.sampled_from(
        [b"", b"*/*", b"application/json", b"text/html", b"application/ld+json", b"text/turtle, */*;q=0.1"]
    ),
)


def app_with(database: str, cache_bytes: int) -> ASGIApp:
    return create_app(Settings(database_url=database, cache_bytes=cache_bytes))


@pytest.fixture(scope="module")
def cached(sqlite_database: str) -> ASGIApp:
    return app_with(sqlite_database, 67_108_864)


@pytest.fixture(scope="module")
def uncached(sqlite_database: str) -> ASGIApp:
    """Neither a cache nor anything but FastAPI: what the other has to look like."""
    app = app_with(sqlite_database, 0)
    app.direct.takes = lambda *_: False  # type: ignore[attr-defined]  # an app is any callable
    return app


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@given(requests=st.lists(REQUESTS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_invisible(requests: list[Any], cached: ASGIApp, uncached: ASGIApp, run: Callable[..., Any]) -> None:
    for method, path, query, coding, tag, accept in requests:
        headers = [(b"accept-encoding", coding)] if coding else []
        headers += [(b"accept", accept)] if accept else []
        own = run(ask(uncached, path, query, headers=headers)).headers.get(b"etag", b'"none"')
        given_tag = {"none": None, "star": b"*", "own": b"W/" + own, "other": b'"other"'}[tag]
        headers += [(b"if-none-match", given_tag)] if given_tag else []
        without: Sent = run(ask(uncached, path, query, method=method, headers=headers))
        assert without.computed, "there is no cache to answer from"
        for _ in range(2):
            answer: Sent = run(ask(cached, path, query, method=method, headers=headers))
            assert answer.lasting == without.lasting


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_page_of_a_list_is_what_plain_fastapi_gives(
    resource: Resource, cached: ASGIApp, uncached: ASGIApp, run: Callable[..., Any]
) -> None:
    path, foreign = f"/v1/{resource.name}", "&cursor=none"

    def both(query: str) -> Sent:
        answer: Sent = run(ask(cached, path, query.encode()))
        assert answer.lasting == run(ask(uncached, path, query.encode())).lasting
        return answer

    for order in ("name", *resource.sorts):
        for sort in (order, f"-{order}"):
            query = f"limit=200&sort={sort}"
            both(query + foreign)
            while query:
                cursor = json.loads(both(query).body)["next_cursor"]
                foreign = f"&cursor={cursor}" if cursor else foreign
                query = cursor and f"limit=200&sort={sort}{foreign}"


def test_every_record_is_hot_from_the_first_request(
    cached: ASGIApp, uncached: ASGIApp, run: Callable[..., Any]
) -> None:
    for resource in RESOURCES:
        listed = run(ask(uncached, f"/v1/{resource.name}", b"limit=3")).body.decode()
        for key in re.findall(rf'"id":"({resource.name}/[^"]+)"', listed)[:3]:
            answer = run(ask(cached, f"/v1/{key}"))
            assert not answer.computed
            assert answer.lasting == run(ask(uncached, f"/v1/{key}")).lasting


def test_one_computation_for_all_who_ask_at_once(
    sqlite_database: str, run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    app = app_with(sqlite_database, 67_108_864)
    with caplog.at_level(logging.INFO, "endoatlas"):
        answers = run(ask_at_once(app, ["/v1/interactions"] * 50))
    assert len({answer.body for answer in answers}) == 1
    assert len([entry for entry in caplog.records if entry.getMessage() == "request"]) == 1


def test_what_may_not_be_kept_is_computed_each_time(
    cached: ASGIApp, sqlite_database: str, run: Callable[..., Any]
) -> None:
    for path, query, method in (
        ("/v1/hormones/nothing", b"", "GET"),
        ("/v1/hormones", b"limit=x", "GET"),
        ("/healthz", b"", "GET"),
        ("/readyz", b"", "GET"),
        ("/metrics", b"", "GET"),
        ("/v1/resolve", b"", "POST"),
    ):
        assert all(run(ask(cached, path, query, method=method)).computed for _ in range(3)), path
    small = app_with(sqlite_database, 500_000)
    assert all(run(ask(small, "/v1/interactions", b"limit=200")).computed for _ in range(3)), "over-large"
    assert [run(ask(small, "/v1/axes", b"limit=1")).computed for _ in range(2)] == [True, False]


def test_parameters_may_come_in_any_order_but_values_in_theirs(cached: ASGIApp, run: Callable[..., Any]) -> None:
    first = run(ask(cached, "/v1/tissues", b"limit=7&q=gland"))
    second = run(ask(cached, "/v1/tissues", b"q=gland&limit=7"))
    assert first.computed
    assert not second.computed
    assert first.body == second.body
    answers = [run(ask(cached, "/v1/resolve", query)) for query in (b"name=LH&name=E2", b"name=E2&name=LH")]
    assert all(answer.computed for answer in answers)
    assert answers[0].body != answers[1].body


def measured(app: ASGIApp, run: Callable[..., Any]) -> dict[str, float]:
    text = run(ask(app, "/metrics")).body.decode()
    return {name: float(value) for name, value in re.findall(r"^(\w+)(?:\{.*\})? (\S+)$", text, flags=re.MULTILINE)}


def test_it_keeps_within_its_bytes(sqlite_database: str, run: Callable[..., Any]) -> None:
    limit = 1_000_000
    app = app_with(sqlite_database, limit)
    for number in range(1, 120):
        run(ask(app, "/v1/proteins", f"limit={number % 12 + 1}&q={'abcdefghij'[number % 10]}".encode()))
        assert measured(app, run)["endoatlas_cache_bytes"] <= limit
    assert measured(app, run)["endoatlas_cache_evictions_total"] > 0
    assert not run(ask(app, "/v1/proteins", b"limit=12&q=j")).computed, "what was asked for last is still there"


def test_it_counts_what_it_answers(sqlite_database: str, run: Callable[..., Any]) -> None:
    app = app_with(sqlite_database, 67_108_864)
    for _ in range(3):
        run(ask(app, "/v1/hormones/lh"))
    run(ask(app, "/v1/hormones/lh", headers=[(b"if-none-match", b"*")]))
    run(ask(app, "/v1/hormones", method="HEAD"))
    run(ask(app, "/v1/hormones/nothing"))
    text = run(ask(app, "/metrics")).body.decode()
    for labels, count in (
        ('cache="hit",method="GET",route="/v1/hormones/{slug}",status="200"', 3),
        ('cache="hit",method="GET",route="/v1/hormones/{slug}",status="304"', 1),
        ('cache="miss",method="HEAD",route="/v1/hormones",status="200"', 1),
        ('cache="miss",method="GET",route="/v1/hormones/{slug}",status="404"', 1),
    ):
        assert f"endoatlas_requests_total{{{labels}}} {count}.0" in text
    assert (
        'endoatlas_request_seconds_bucket{cache="hit",le="+Inf",method="GET",route="/v1/hormones/{slug}"} 4.0' in text
    )
    assert "endoatlas_cache_hits_total 4.0" in text
    release = run(ask(app, "/v1/release")).headers[b"knowledge-release"].decode()
    assert re.search(rf'endoatlas_release{{release="{re.escape(release)}",worker="\d+"}} 1.0', text)
    for name in ("cache_bytes", "cache_answers", "snapshot_age_seconds", "store_up", "pool_connections"):
        assert f"# TYPE endoatlas_{name} gauge" in text


def test_a_computed_answer_says_what_it_took_and_for_which_request(cached: ASGIApp, run: Callable[..., Any]) -> None:
    computed = run(ask(cached, "/v1/hormones", b"limit=11", headers=[(b"x-request-id", b"mine-1")]))
    assert computed.headers[b"x-request-id"] == b"mine-1"
    timing = computed.headers[b"server-timing"].decode()
    store, total = (float(value) for value in re.findall(r"dur=([\d.]+)", timing))
    assert 0 < store <= total
    forged = run(ask(cached, "/v1/hormones", b"limit=x", headers=[(b"x-request-id", b'a"b\n')]))
    assert re.fullmatch(rb"[0-9a-f]{16}-\d+", forged.headers[b"x-request-id"])
