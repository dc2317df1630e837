"""Resolve: from what people call things to records."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.deps import StoreDep, answer, only, problems
from app.names import Match, candidates, close_names
from app.resource import Reference
from app.resources import RESOURCES
from app.store import Reading

router = APIRouter(prefix="/v1", tags=["finding"])
Name = Annotated[str, StringConstraints(max_length=200)]
if TYPE_CHECKING:
    ResourceName = str
else:
    ResourceName = Literal[tuple(resource.name for resource in RESOURCES)]


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
    matched_on: str = Field(description="What agrees: id, name, synonym, abbreviation, xref, or fuzzy for a close one.")


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
    return _resolutions(store, query.name, query.resource)


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
    return _resolutions(store, request.names, request.resources)


def _resolutions(store: StoreDep, names: list[str], resources: list[str]) -> Response:
    with store.read() as reading:
        known = {name: _resolve(reading, name, resources) for name in dict.fromkeys(names)}
        found = Resolutions(items=[known[name] for name in names], release=reading.release_id)
        return answer(found.model_dump_json(), reading.release_id)


def _resolve(reading: Reading, name: str, resources: list[str]) -> Resolution:
    found = candidates(reading, name, resources)
    if not found:
        near = [
            Candidate(id=close.id, name=close.name, matched_on="fuzzy")
            for close in close_names(reading, name, resources)
        ]
        return Resolution(query=name, match=None, matched_on=None, candidates=near)
    best = _unambiguous(found)
    return Resolution(
        query=name,
        match=best.reference if best else None,
        matched_on=best.kind if best else None,
        candidates=[
            Candidate(id=match.reference.id, name=match.reference.name, matched_on=match.kind) for match in found
        ],
    )


def _unambiguous(found: list[Match]) -> Match | None:
    """The one entity among the candidates: a glossary entry beside the record it explains does not make two."""
    entities = [match for match in found if not match.reference.id.startswith("glossary/")] or found
    return entities[0] if len(entities) == 1 else None
