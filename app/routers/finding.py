"""Search and suggestions, from the indexes of the release in memory."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.deps import ResourceName, SnapshotDep, answer, only, problems
from app.paging import Paging, decode_cursor, encode_cursor, next_link
from app.releases import Snapshot

router = APIRouter(prefix="/v1", tags=["finding"])
DEEPEST = 10_000
"""Hits beyond so many are not paged to: nobody reads them, and each page would cost all before it."""
Resources = Annotated[
    list[ResourceName], Field(max_length=50, description="Resources to look in. May be repeated; all where not given.")
]


class SearchQuery(Paging):
    """What is searched for."""

    q: Annotated[
        str,
        Field(min_length=1, max_length=200, description="Names or words, in any order and spelling.", examples=["LH"]),
    ]
    resource: Resources = []


class Range(BaseModel):
    """A part of a text: code points, the end exclusive."""

    model_config = ConfigDict(frozen=True)
    start: int = Field(description="Where it begins.")
    end: int = Field(description="Where it ends.")


class SearchMatch(BaseModel):
    """What matched, and where."""

    model_config = ConfigDict(frozen=True)
    field: str = Field(description="The field that holds the text.")
    text: str = Field(description="The text, or the part of it around the match.")
    ranges: list[Range] = Field(description="The words of the query within that text.")


class SearchHit(BaseModel):
    """A record found."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.")
    name: str = Field(description="Its name.")
    resource: str = Field(description="Its resource.")
    summary: str = Field(description="One plain sentence about it.")
    score: float = Field(description="How well it matches; only for comparison within one answer.")
    matched: SearchMatch | None = Field(description="What of it matched.")


class SearchPage(BaseModel):
    """One page of hits, the best first."""

    items: list[SearchHit] = Field(description="The records found.")
    total: int = Field(description="How many there are in all.")
    next_cursor: str | None = Field(description="What to give as `cursor` for the next page; null on the last one.")
    facets: dict[str, dict[str, int]] = Field(description="How many of each resource, whatever `resource` asks for.")
    did_you_mean: str | None = Field(description="A name that is near, where no word of the query is known.")
    release: str = Field(description="The release they were found in.")


class SuggestQuery(BaseModel):
    """What has been typed so far."""

    model_config = ConfigDict(extra="forbid")
    q: Annotated[str, Field(min_length=1, max_length=100, description="The beginning of a name.", examples=["testo"])]
    resource: Resources = []
    limit: Annotated[int, Field(ge=1, le=50, description="How many at most.")] = 10


class SuggestedRecord(BaseModel):
    """A record whose name begins so."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.")
    name: str = Field(description="Its name.")
    matched: str = Field(description="The name of it that matched.")


class Suggestions(BaseModel):
    """Records for typing ahead, the most central first."""

    items: list[SuggestedRecord] = Field(description="The records.")
    release: str = Field(description="The release they were found in.")


@router.get(
    "/search",
    operation_id="search_records",
    summary="Search every record",
    response_model=SearchPage,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(SearchQuery)],
)
def search(request: Request, snapshot: SnapshotDep, query: Annotated[SearchQuery, Query()]) -> Response:
    """An exact name, synonym or abbreviation comes first. Typos, plurals, Greek and British spelling are folded."""
    return search_page(snapshot, query, request.query_params.multi_items())


def search_page(snapshot: Snapshot, query: SearchQuery, pairs: Sequence[tuple[str, str]]) -> Response:
    """A page of hits; the pairs are the query's own, for the link to the next one."""
    place = decode_cursor(query, "search", snapshot.release, (int,))
    offset = place[0] if place else 0
    found = snapshot.indexes.result().search.search(query.q, query.resource, offset, query.limit)
    after = offset + len(found.hits)
    more = found.hits and after < min(found.total, DEEPEST)
    cursor = encode_cursor(query, "search", snapshot.release, (after,)) if more else None
    page = SearchPage(
        items=[
            SearchHit(
                id=hit.key,
                name=hit.name,
                resource=hit.resource,
                summary=hit.summary,
                score=hit.score,
                matched=hit.matched
                and SearchMatch(
                    field=hit.matched.field,
                    text=hit.matched.text,
                    ranges=[Range(start=start, end=end) for start, end in hit.matched.ranges],
                ),
            )
            for hit in found.hits
        ],
        total=found.total,
        next_cursor=cursor,
        facets={"resource": found.resources},
        did_you_mean=found.meant,
        release=snapshot.release,
    )
    return answer(page.model_dump_json(), snapshot.release, next_link("/v1/search", pairs, cursor))


@router.get(
    "/suggest",
    operation_id="suggest_records",
    summary="Suggest records for what is typed",
    response_model=Suggestions,
    responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(SuggestQuery)],
)
async def suggest(snapshot: SnapshotDep, query: Annotated[SuggestQuery, Query()]) -> Response:
    """Records with a name that begins so, or in which a word does."""
    return suggestions(snapshot, query)


def suggestions(snapshot: Snapshot, query: SuggestQuery) -> Response:
    """Records for what was typed."""
    found = snapshot.indexes.result().suggest.suggest(query.q, query.resource, query.limit)
    items = [SuggestedRecord(id=record.key, name=record.name, matched=record.matched) for record in found]
    return answer(Suggestions(items=items, release=snapshot.release).model_dump_json(), snapshot.release)
