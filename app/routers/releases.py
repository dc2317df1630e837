"""Releases: what is served, what was served before, and what changed."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from app import db
from app.deps import StoreDep, answer, only, problems
from app.errors import ProblemError
from app.paging import Page, Paging, decode_cursor, encode_cursor, keyset_page, next_link, page_bytes

router = APIRouter(prefix="/v1", tags=["releases"])


class Release(BaseModel):
    """One state of the knowledge, loaded whole."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="Version and content hash: the same wherever the same content is loaded.")
    loaded_at: datetime = Field(description="When this store took it in.")
    records: int = Field(description="How many records it holds.")
    added: int = Field(description="How many of them the release before had not.")
    changed: int = Field(description="How many the release before had otherwise.")
    removed: int = Field(description="How many the release before had and it has not.")


class ReleasePage(Page[Release]):
    """One page of releases, the newest first."""


class Change(BaseModel):
    """A record that differs between two releases."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.")
    change: Literal["added", "changed", "removed"] = Field(description="What happened to it.")


class ChangePage(Page[Change]):
    """One page of what changed since a release."""


class ChangesQuery(Paging):
    """Parameters of the list of changes."""

    since: Annotated[
        str | None,
        Field(max_length=100, description="Id of a release this store served; the one before, if not given."),
    ] = None


def _release(row: Any) -> Release:
    at = row.loaded_at if row.loaded_at.tzinfo else row.loaded_at.replace(tzinfo=UTC)
    return Release(
        id=row.id, loaded_at=at, records=row.records, added=row.added, changed=row.changed, removed=row.removed
    )


@router.get(
    "/release",
    operation_id="get_release",
    summary="Get the release that is served",
    response_model=Release,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def get_release(store: StoreDep) -> Response:
    """The release every answer is read from at this moment."""
    with store.read() as reading:
        return answer(_release(reading.release).model_dump_json(), reading.release_id)


@router.get(
    "/releases",
    operation_id="list_releases",
    summary="List releases",
    response_model=ReleasePage,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(Paging)],
)
def list_releases(request: Request, store: StoreDep, query: Annotated[Paging, Query()]) -> Response:
    """Every release this store has served, the newest first."""
    sequence = db.releases.c.sequence
    with store.read() as reading:
        counted = select(func.count()).select_from(db.releases)
        rows, total, cursor = keyset_page(
            reading, query, "releases", select(db.releases), (sequence,), counted, descending=True
        )
        items = [_release(row).model_dump_json().encode() for row in rows]
        headers = next_link(request.url.path, request.query_params.multi_items(), cursor)
        return answer(page_bytes(items, total, cursor, reading.release_id), reading.release_id, headers)


@router.get(
    "/changes",
    operation_id="list_changes",
    summary="List what changed since a release",
    response_model=ChangePage,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(ChangesQuery)],
)
def list_changes(request: Request, store: StoreDep, query: Annotated[ChangesQuery, Query()]) -> Response:
    """Records added, changed and removed between the release named by `since` and the one that is served."""
    with store.read() as reading:
        start = reading.release.sequence - 1
        if query.since is not None:
            known = select(func.max(db.releases.c.sequence)).where(db.releases.c.id == query.since.replace("\0", ""))
            start = reading.connection.scalar(known)
            if start is None:
                detail = f"query.since: this store has not served release {query.since!r}. GET /v1/releases lists them."
                raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-parameter", detail)
        net = sorted(_net_changes(reading.connection.execute(_changes_after(start)).all()).items())
        place = decode_cursor(query, "changes", reading.release_id, (str,))
        rest = [entry for entry in net if place is None or entry[0] > place[0]]
        page, more = rest[: query.limit], len(rest) > query.limit
        cursor = encode_cursor(query, "changes", reading.release_id, (page[-1][0],)) if more else None
        items = [Change(id=key, change=change).model_dump_json().encode() for key, change in page]
        headers = next_link(request.url.path, request.query_params.multi_items(), cursor)
        return answer(page_bytes(items, len(net), cursor, reading.release_id), reading.release_id, headers)


def _changes_after(sequence: int) -> Any:
    return (
        select(db.changes.c.key, db.changes.c.change)
        .where(db.changes.c.sequence > sequence)
        .order_by(db.changes.c.sequence)
    )


def _net_changes(rows: Any) -> dict[str, Any]:
    """What several releases together did to each key: added and then removed is nothing."""
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for key, change in rows:
        first.setdefault(key, change)
        last[key] = change
    net = {}
    for key, change in last.items():
        was_there, is_there = first[key] != "added", change != "removed"
        if was_there or is_there:
            net[key] = "changed" if was_there and is_there else "added" if is_there else "removed"
    return net
