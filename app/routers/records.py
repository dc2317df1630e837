"""Across resources: compact records for tooltips and pickers, and statements on which sources disagree."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from app import db
from app.conflicts import Conflict
from app.deps import ResourceName, StoreDep, answer, only, problems
from app.errors import ProblemDetail, ProblemError
from app.names import candidates, unambiguous
from app.paging import (
    MAXIMUM,
    Page,
    Paging,
    keyset_page,
    matches,
    next_link,
    page_bytes,
)
from app.store import Reading

router = APIRouter(prefix="/v1", tags=["records"])


class CompactRecord(BaseModel):
    """What a tooltip or picker shows of a record."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.", examples=["hormones/lh"])
    name: str = Field(description="Its name.")
    resource: str = Field(description="Its resource.")
    summary: str = Field(description="One plain sentence about it.")


class CompactPage(BaseModel):
    """Compact records: those asked for, in the order asked, or one page of a resource."""

    items: list[CompactRecord] = Field(description="The records.")
    missing: list[str] = Field(description="What names no record, or more than one.")
    total: int = Field(description="How many records the whole list has.")
    next_cursor: str | None = Field(description="What to give as `cursor` for the next page; null on the last one.")
    release: str = Field(description="The release they were read from.")


class RecordsQuery(Paging):
    """Parameters of the compact list: `ids`, or a `resource` and `q`."""

    ids: Annotated[
        str | None,
        Field(
            max_length=18_000,
            pattern=r"^[ -~]*$",
            description=f"Up to {MAXIMUM} keys, CURIEs or names, with commas between.",
        ),
    ] = None
    resource: Annotated[
        list[ResourceName], Field(max_length=50, description="Resources to list. May be repeated.")
    ] = []
    q: Annotated[str | None, Field(max_length=200, description="Words that name, synonyms or summary must hold.")] = (
        None
    )


class ConflictPage(Page[Conflict]):
    """One page of statements on which sources disagree."""


COLUMNS = (db.records.c.key, db.records.c.name, db.records.c.resource, db.records.c.summary)


@router.get(
    "/records",
    operation_id="list_records",
    summary="List compact records of any resource",
    response_model=CompactPage,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(RecordsQuery)],
)
def list_records(request: Request, store: StoreDep, query: Annotated[RecordsQuery, Query()]) -> Response:
    """`?ids=` gives up to 200 records in the order asked; otherwise a page of one or more resources by name."""
    if query.ids is not None and len(query.model_fields_set) > 1:
        raise _refused("query.ids", "cannot be combined with other parameters; give one or the other")
    with store.read() as reading:
        page = _by_ids(reading, query.ids) if query.ids is not None else _by_resource(reading, query)
        headers = next_link(request.url.path, request.query_params.multi_items(), page.next_cursor)
        return answer(page.model_dump_json(), reading.release_id, headers)


def _refused(location: str, message: str) -> ProblemError:
    detail = ProblemDetail(location=location, message=message)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return ProblemError(status, "invalid-parameter", f"{location} {message}.", errors=[detail])


def _by_ids(reading: Reading, given: str) -> CompactPage:
    ids = list(dict.fromkeys(key.strip() for key in given.split(",") if key.strip()))
    if len(ids) > MAXIMUM:
        raise _refused("query.ids", f"holds {len(ids)} ids; ask for at most {MAXIMUM} at a time")
    rows = {row.key: row for row in reading.connection.execute(select(*COLUMNS).where(db.records.c.key.in_(ids)))}
    meant = {name: name if name in rows else _key_of(reading, name) for name in ids}
    others = [key for key in meant.values() if key and key not in rows]
    rows |= {row.key: row for row in reading.connection.execute(select(*COLUMNS).where(db.records.c.key.in_(others)))}
    items = [_compact(rows[key]) for key in dict.fromkeys(meant.values()) if key]
    missing = [name for name, key in meant.items() if not key]
    return CompactPage(items=items, missing=missing, total=len(items), next_cursor=None, release=reading.release_id)


def _key_of(reading: Reading, name: str) -> str | None:
    match = unambiguous(candidates(reading, name))
    return match.reference.id if match else None


def _by_resource(reading: Reading, query: RecordsQuery) -> CompactPage:
    conditions = matches(query.q)
    if query.resource:
        conditions.append(db.records.c.resource.in_(query.resource))
    rows, total, cursor = keyset_page(
        reading,
        query,
        "records",
        select(*COLUMNS).where(*conditions),
        (db.records.c.sort_name, db.records.c.key),
        select(func.count()).select_from(db.records).where(*conditions),
    )
    return CompactPage(
        items=[_compact(row) for row in rows],
        missing=[],
        total=total,
        next_cursor=cursor,
        release=reading.release_id,
    )


def _compact(row: object) -> CompactRecord:
    return CompactRecord(id=row.key, name=row.name, resource=row.resource, summary=row.summary)  # type: ignore[attr-defined]  # a row's columns are untyped


@router.get(
    "/conflicts",
    operation_id="list_conflicts",
    summary="List statements on which sources disagree",
    response_model=ConflictPage,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(Paging)],
)
def list_conflicts(request: Request, store: StoreDep, query: Annotated[Paging, Query()]) -> Response:
    """Contested and refuted interactions, and fields that sources dispute, each with both sides."""
    table = db.conflicts
    with store.read() as reading:
        order = (table.c.sort_name, table.c.key, table.c.position)
        counted = select(func.count()).select_from(table)
        rows, total, cursor = keyset_page(reading, query, "conflicts", select(table.c.document), order, counted)
        body = page_bytes([bytes(row.document) for row in rows], total, cursor, reading.release_id)
        headers = next_link(request.url.path, request.query_params.multi_items(), cursor)
        return answer(body, reading.release_id, headers)
