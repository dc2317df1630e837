"""What handlers receive, named once."""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel

from app.answers import choose_form
from app.errors import MEDIA_TYPE, ProblemDetail, ProblemError
from app.metrics import Metrics
from app.paging import is_list
from app.releases import Releases, Snapshot
from app.resource import JSON_LD, Resource
from app.resources import RESOURCES
from app.store import Store

JSON = "application/json"
PATIENCE = 10.0
"""Seconds a request waits for indexes that are being built."""
if TYPE_CHECKING:
    ResourceName = str
else:
    ResourceName = Literal[tuple(resource.name for resource in RESOURCES)]


# Asynchronous although they wait for nothing: a plain function would cost each request a hop to a thread.
async def _store(request: Request) -> Store:
    return request.app.state.store  # type: ignore[no-any-return]  # Starlette's state is untyped


async def _releases(request: Request) -> Releases:
    return request.app.state.releases  # type: ignore[no-any-return]  # as above


async def _metrics(request: Request) -> Metrics:
    return request.app.state.metrics  # type: ignore[no-any-return]  # as above


async def _snapshot(request: Request) -> Snapshot:
    releases: Releases = request.app.state.releases
    snapshot = releases.current
    try:
        if not snapshot.indexes.done():
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(snapshot.indexes)), PATIENCE)
        snapshot.indexes.result(0)
    except Exception as error:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not-ready",
            "The search index is being built; try again shortly.",
            headers={"retry-after": "5"},
        ) from error
    return snapshot


async def _reasoning(snapshot: Annotated[Snapshot, Depends(_snapshot)]) -> AsyncIterator[Snapshot]:
    async with snapshot.reasoning:
        yield snapshot


async def _form(request: Request) -> str | None:
    return choose_form(request.scope["path"], ",".join(request.headers.getlist("accept")).encode("latin-1"))


StoreDep = Annotated[Store, Depends(_store)]
SnapshotDep = Annotated[Snapshot, Depends(_snapshot)]
ReasoningDep = Annotated[Snapshot, Depends(_reasoning, scope="function")]
"""The snapshot, for what takes long: only so many are let in at once that threads are left for others."""
ReleasesDep = Annotated[Releases, Depends(_releases)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
FormDep = Annotated[str | None, Depends(_form)]
"""The media type to answer with; `None` for JSON."""
Slug = Annotated[
    str,
    Path(
        max_length=200,
        description="The record's slug; its whole key, a synonym or an abbreviation work too.",
    ),
]


def only(query: type[BaseModel] | None = None) -> Any:
    """A dependency that refuses query parameters an operation does not know, and single-valued ones given twice."""
    fields = query.model_fields if query else {}

    async def guard(request: Request) -> None:
        faults = []
        for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
            if name not in fields:
                near = difflib.get_close_matches(name, fields, 1)
                known = f"perhaps {near[0]!r} is meant" if near else f"known are: {', '.join(fields) or 'none'}"
                faults.append(ProblemDetail(location=f"query.{name}", message=f"is no parameter here; {known}"))
            elif count > 1 and not is_list(fields[name].annotation):
                faults.append(ProblemDetail(location=f"query.{name}", message=f"is given {count} times; give it once"))
        if faults:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "invalid-parameter",
                "; ".join(f"{fault.location} {fault.message}" for fault in faults[:3]) + ".",
                errors=faults,
            )

    checked: Callable[[Request], Awaitable[None]] = guard
    return Depends(checked)


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The problem answers of an operation, for its OpenAPI entry; 503 is everywhere."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        int(status): {"description": status.phrase, "content": {MEDIA_TYPE: schema}}
        for status in (*statuses, HTTPStatus.SERVICE_UNAVAILABLE)
    }


def forms(resource: Resource) -> dict[int | str, dict[str, Any]]:
    """What a resource can be had in beside JSON, for an operation's OpenAPI entry."""
    schemas = {form: {"schema": {"type": "object" if form == JSON_LD else "string"}} for form in resource.forms}
    return {200: {"content": schemas}} if schemas else {}


def answer(body: bytes | str, release: str, headers: dict[str, str] | None = None, media_type: str = JSON) -> Response:
    """An answer read from a release, which it names."""
    return Response(body, media_type=media_type, headers={"knowledge-release": release, **(headers or {})})
