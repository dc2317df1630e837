"""Resolve: from what people call things to records."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.deps import ResourceName, StoreDep, answer, only, problems
from app.names import Match, candidates, close_names, unambiguous
from app.resource import Reference
from app.store import Store

router = APIRouter(prefix="/v1", tags=["finding"])
Name = Annotated[str, StringConstraints(max_length=200)]


class ResolveQuery(BaseModel):
    """Names to resolve, in the query."""

    model_config = ConfigDict(extra="forbid")
    name: list[Name] = Field(
        min_length=1, max_length=200, description="A name. May be repeated.", examples=[["LH", "T4"]]
    )
    resource: list[ResourceName] = Field([], max_length=50, description="Resources to look in. May be repeated.")


class ResolveRequest(BaseModel):
    """Names to resolve, in the body."""

    model_config = ConfigDict(extra="forbid")
    names: list[Name] = Field(min_length=1, max_length=1000, description="Up to 1,000 names.", examples=[["LH", "E2"]])
    resources: list[ResourceName] = Field([], max_length=50, description="Resources to look in; all where empty.")


class Candidate(BaseModel):
    """A record that a name may mean."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.")
    name: str = Field(description="Its name.")
    matched_on: str = Field(
        description="What agrees: id, name, synonym, abbreviation, xref; related or fuzzy where it is only near."
    )


class Resolution(BaseModel):
    """What one name means."""

    query: str = Field(description="The name as it was given.")
    match: Reference | None = Field(description="The record it means; null where there is none, or more than one.")
    matched_on: str | None = Field(description="What agrees: id, name, synonym, abbreviation, xref or fuzzy.")
    candidates: list[Candidate] = Field(description="Every record it may mean, best first.")


class Resolutions(BaseModel):
    """What names mean, in the order asked."""

    items: list[Resolution] = Field(description="One for each name.")
    release: str = Field(description="The release they were looked up in.")


@router.get(
    "/resolve",
    operation_id="resolve_names",
    summary="Resolve names",
    response_model=Resolutions,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(ResolveQuery)],
)
def resolve(store: StoreDep, query: Annotated[ResolveQuery, Query()]) -> Response:
    """The record that each name means: by key, CURIE, name, synonym or abbreviation, in any spelling of case."""
    return resolutions(store, query.name, query.resource)


@router.post(
    "/resolve",
    operation_id="resolve_many_names",
    summary="Resolve up to 1,000 names",
    response_model=Resolutions,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def resolve_many(store: StoreDep, request: ResolveRequest) -> Response:
    """As the GET form, for many names at once."""
    return resolutions(store, request.names, request.resources)


def resolutions(store: Store, names: list[str], resources: list[str]) -> Response:
    """What names mean, each by itself."""
    with store.read() as reading:
        found = {name: candidates(reading, name, resources) for name in dict.fromkeys(names)}
        near = close_names(reading, [name for name, matches in found.items() if not matches], resources)
        items = [_resolution(name, found[name], near.get(name, [])) for name in names]
        return answer(Resolutions(items=items, release=reading.release_id).model_dump_json(), reading.release_id)


def _resolution(name: str, found: list[Match], near: list[Reference]) -> Resolution:
    meant = unambiguous(found)
    named = [Candidate(id=hit.reference.id, name=hit.reference.name, matched_on=hit.kind) for hit in found]
    close = [Candidate(id=reference.id, name=reference.name, matched_on="fuzzy") for reference in near]
    return Resolution(
        query=name,
        match=meant.reference if meant else None,
        matched_on=meant.kind if meant else None,
        candidates=named or close,
    )
