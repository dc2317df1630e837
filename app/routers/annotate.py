"""Annotate: which records a text speaks of, as offsets or as marks in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.deps import ResourceName, SnapshotDep, answer, only, problems
from app.indexes.lexicon import Mark
from app.markup import Term, mark_terms
from app.releases import Indexes
from app.resource import Reference

router = APIRouter(prefix="/v1", tags=["finding"])
Resources = Annotated[list[ResourceName], Field(max_length=50, description="Resources to look for; all where empty.")]
REFUSED = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)


class AnnotateRequest(BaseModel):
    """A text to annotate."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(max_length=100_000)] = Field(
        description="The text.", examples=["Aromatase turns testosterone into estradiol (E2)."]
    )
    resources: Resources = []
    offsets: Literal["codepoint", "utf16"] = Field(
        "codepoint", description="What `start` and `end` count: code points, or UTF-16 units as JavaScript does."
    )
    overlaps: bool = Field(False, strict=True, description="Whether to give shorter mentions within longer ones too.")


class Annotation(BaseModel):
    """A mention of a record."""

    model_config = ConfigDict(frozen=True)
    start: int = Field(description="Where it begins.")
    end: int = Field(description="Where it ends; exclusive.")
    text: str = Field(description="The text between.")
    entity: Reference | None = Field(description="The record it means; null where it may be several, or is only near.")
    glossary: Reference | None = Field(description="The glossary entry that explains it.")
    candidates: list[Reference] = Field(
        description="The records it may mean, where they are several, or is near in meaning to."
    )


class Annotations(BaseModel):
    """The mentions in a text, in order."""

    annotations: list[Annotation] = Field(description="The mentions.")
    release: str = Field(description="The release whose names were looked for.")


class AnnotateHtmlRequest(BaseModel):
    """A fragment of HTML to mark terms in."""

    model_config = ConfigDict(extra="forbid")
    html: Annotated[str, StringConstraints(max_length=100_000)] = Field(
        description="The fragment.", examples=["<p>Cortisol follows <em>ACTH</em>.</p>"]
    )
    resources: Resources = []


class AnnotatedHtml(BaseModel):
    """The fragment with its terms marked."""

    html: str = Field(description="The first mention of each term within `<dfn>`, linked; all else as it was.")
    marked: list[Reference] = Field(description="What was marked, in order.")
    release: str = Field(description="The release whose names were looked for.")


@router.post(
    "/annotate",
    operation_id="annotate_text",
    summary="Find mentions in a text",
    response_model=Annotations,
    responses=REFUSED,
    dependencies=[only()],
)
def annotate(snapshot: SnapshotDep, request: AnnotateRequest) -> Response:
    """The longest names that stand in it as whole words.

    Short abbreviations and everyday words need a text that bears them out.
    """
    indexes = snapshot.indexes.result()
    places = _utf16(request.text) if request.offsets == "utf16" else None
    found = [
        Annotation(
            start=places[mark.start] if places else mark.start,
            end=places[mark.end] if places else mark.end,
            text=request.text[mark.start : mark.end],
            entity=_reference(indexes, mark.entities[0]) if _certain(mark) else None,
            glossary=_reference(indexes, mark.glossary) if mark.glossary and not mark.near else None,
            candidates=[] if _certain(mark) else [_reference(indexes, key) for key in mark.entities],
        )
        for mark in _marks(indexes, request.text, request.resources, overlaps=request.overlaps)
    ]
    return answer(Annotations(annotations=found, release=snapshot.release).model_dump_json(), snapshot.release)


@router.post(
    "/annotate/html",
    operation_id="annotate_html",
    summary="Mark terms in HTML",
    response_model=AnnotatedHtml,
    responses=REFUSED,
    dependencies=[only()],
)
def annotate_html(snapshot: SnapshotDep, request: AnnotateHtmlRequest) -> Response:
    """Marks the first mention of each term. Links, code, scripts and attributes are never touched."""
    indexes = snapshot.indexes.result()

    def terms(text: str) -> Sequence[Term]:
        marks = _marks(indexes, text, request.resources, near=False)  # which would hide what can be linked
        return [(mark.start, mark.end, mark.entities[0]) for mark in marks if _certain(mark)]

    html, keys = mark_terms(request.html, terms, lambda key: f"/v1/{key}")
    body = AnnotatedHtml(html=html, marked=[_reference(indexes, key) for key in keys], release=snapshot.release)
    return answer(body.model_dump_json(), snapshot.release)


def _marks(indexes: Indexes, text: str, resources: Sequence[str], **wanted: bool) -> list[Mark]:
    marks = indexes.lexicon.annotate(text, **wanted)
    among = set(resources)
    return [mark for mark in marks if not among or among & {key.split("/")[0] for key in mark.entities}]


def _certain(mark: Mark) -> bool:
    """Whether it means one record, and just that."""
    return len(mark.entities) == 1 and not mark.near


def _reference(indexes: Indexes, key: str) -> Reference:
    return Reference(id=key, name=indexes.names[key])


def _utf16(text: str) -> list[int]:
    """For each code point, and the end, how many UTF-16 units come before it."""
    places = [0]
    for letter in text:
        places.append(places[-1] + (2 if ord(letter) > 0xFFFF else 1))
    return places
