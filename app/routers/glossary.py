"""The glossary in one answer."""

from __future__ import annotations

import json
from http import HTTPStatus
from itertools import groupby
from string import ascii_uppercase
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app import db
from app.deps import FormDep, StoreDep, answer, forms, only, problems
from app.linked import linked
from app.resource import Reference
from app.resources.glossary import GLOSSARY, INDEX
from app.vocabulary import Category

router = APIRouter(prefix="/v1", tags=[GLOSSARY.name])
Json = Any


class IndexedTerm(BaseModel):
    """A term, as much of it as an index or a tooltip shows."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The entry's key.", examples=["glossary/hpg-axis"])
    term: str = Field(description="The term.")
    abbreviations: list[str] = Field(description="Its short forms.")
    definition: str = Field(description="What it means, in one plain sentence of at most 200 characters.")
    categories: list[Category] = Field(description="What it is about.")
    entity: Reference | None = Field(description="The record of the thing itself.")
    see_also: list[Reference] = Field(description="Terms to read next.")
    url: str = Field(description="Where the whole entry is.", examples=["/v1/glossary/hpg-axis"])


class GlossaryLetter(BaseModel):
    """The terms under one letter."""

    model_config = ConfigDict(frozen=True)
    letter: str = Field(description="A to Z; then #, for what begins with no letter, where there is any.")
    count: int = Field(description="How many terms stand under it; 0 where none does.")
    entries: list[IndexedTerm] = Field(description="The terms in order.")


class GlossaryCategory(BaseModel):
    """A category that terms are in."""

    model_config = ConfigDict(frozen=True)
    value: Category = Field(description="The value as entries hold it.")
    label: str = Field(description="How to show it.")
    count: int = Field(description="How many terms are in it; a term may be in several.")


class GlossaryIndex(BaseModel):
    """Every term of the glossary, from A to Z."""

    letters: list[GlossaryLetter] = Field(description="The terms by letter.")
    categories: list[GlossaryCategory] = Field(description="The categories that have terms.")
    total: int = Field(description="How many terms there are.")
    release: str = Field(description="The release they were read from.")


@router.get(
    f"/{INDEX}",
    operation_id="get_glossary_index",
    summary="Get the whole glossary from A to Z",
    response_model=GlossaryIndex,
    responses={**forms(GLOSSARY), **problems(HTTPStatus.UNPROCESSABLE_ENTITY)},
    dependencies=[only()],
)
def get_glossary_index(store: StoreDep, form: FormDep) -> Response:
    """Every term with its definition, by letter. As JSON-LD it is a schema.org term set, as Turtle a SKOS scheme."""
    with store.read() as reading:
        if form is not None:
            return answer(linked(reading, form), reading.release_id, media_type=form)
        table = db.records.c
        query = select(table.document).where(table.resource == GLOSSARY.name).order_by(table.sort_name, table.key)
        entries = [json.loads(document) for document in reading.connection.execute(query).scalars()]
        index = GlossaryIndex(
            letters=_letters(entries),
            categories=_categories(entries),
            total=len(entries),
            release=reading.release_id,
        )
        return answer(index.model_dump_json(), reading.release_id)


def _letters(entries: list[Json]) -> list[GlossaryLetter]:
    """Every letter, so that it can be drawn as it is; `#` last, although digits sort first."""

    def letter(entry: Json) -> str:
        return str(entry["letter"])

    under = {at: [_indexed(entry) for entry in own] for at, own in groupby(sorted(entries, key=letter), letter)}
    shown = [*ascii_uppercase, *(["#"] if "#" in under else [])]
    return [GlossaryLetter(letter=at, count=len(under.get(at, [])), entries=under.get(at, [])) for at in shown]


def _indexed(entry: Json) -> IndexedTerm:
    fields = {name: entry[name] for name in IndexedTerm.model_fields if name != "url"}
    return IndexedTerm(**fields, url=f"/v1/{entry['id']}")


def _categories(entries: list[Json]) -> list[GlossaryCategory]:
    counts = {category: sum(category in entry["categories"] for entry in entries) for category in Category}
    return [
        GlossaryCategory(value=category, label=category.label, count=count)
        for category, count in counts.items()
        if count
    ]
