"""Whole resources in one download."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from app import db
from app.deps import StoreDep, answer, only, problems
from app.errors import ProblemError
from app.export import MEDIA_TYPES, export, formats
from app.resources import RESOURCES

router = APIRouter(prefix="/v1", tags=["exports"])


class Export(BaseModel):
    """A file that can be downloaded."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(description="What it holds.", examples=["hormones"])
    format: str = Field(description="How it is written: jsonl or csv; the glossary jsonld and ttl too.")
    url: str = Field(description="Where it is.")
    media_type: str = Field(description="Its media type.")
    records: int = Field(description="How many records it holds.")


class Exports(BaseModel):
    """Every export."""

    items: list[Export] = Field(description="The files.")
    release: str = Field(description="The release they hold.")


@router.get(
    "/exports",
    operation_id="list_exports",
    summary="List exports",
    response_model=Exports,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def list_exports(store: StoreDep) -> Response:
    """Files with every record of a resource, as JSON Lines and CSV; the glossary as JSON-LD and Turtle too."""
    with store.read() as reading:
        query = select(db.records.c.resource, func.count()).group_by(db.records.c.resource)
        counts = {row[0]: row[1] for row in reading.connection.execute(query)}
        items = [
            Export(
                name=resource.name,
                format=form,
                url=f"/v1/exports/{resource.name}.{form}",
                media_type=MEDIA_TYPES[form],
                records=counts.get(resource.name, 0),
            )
            for resource in RESOURCES
            for form in formats(resource)
        ]
        return answer(Exports(items=items, release=reading.release_id).model_dump_json(), reading.release_id)


@router.get(
    "/exports/{file}",
    operation_id="get_export",
    summary="Download an export",
    response_class=Response,
    responses={
        200: {
            "description": "The file, one record a line unless it is linked data.",
            "content": {media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()},
        },
        **problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    },
    dependencies=[only()],
)
def get_export(
    file: Annotated[str, Path(description="Name and format.", examples=["hormones.jsonl", "glossary.ttl"])],
    store: StoreDep,
) -> Response:
    """Every record of a resource, one line each in order of keys; linked data in order of names."""
    name, _, form = file.rpartition(".")
    resource = next((entry for entry in RESOURCES if entry.name == name), None)
    if resource is None or form not in formats(resource):
        detail = f"There is no export {file!r}. GET /v1/exports lists them."
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", detail)
    with store.read() as reading:
        body = b"".join(export(reading, resource, form))
        headers = {"content-disposition": f'attachment; filename="{file}"'}
        return answer(body, reading.release_id, headers, MEDIA_TYPES[form])
