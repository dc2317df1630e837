"""The routes of a resource, from its declaration: list, record, and what refers to it."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy import func, select

from app import db
from app.deps import FormDep, Slug, StoreDep, answer, forms, only, problems
from app.linked import linked
from app.names import canonical, find
from app.paging import Page, Paging, keyset_page, list_page, list_query, next_link, page_bytes
from app.resource import Resource
from app.store import Reading


class Referrer(BaseModel):
    """A record that refers to another, and the field that does."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="Key of the record that refers.")
    name: str = Field(description="Its name.")
    resource: str = Field(description="Its resource.")
    field: str = Field(description="The field that refers, with dots into nested parts.")


class ReferrerPage(Page[Referrer]):
    """One page of what refers to a record, by field."""


def page_model(resource: Resource) -> type[BaseModel]:
    """The resource's page, with a name of its own for generated clients."""
    name = resource.model.__name__
    page: Any = Page[resource.model]  # type: ignore[name-defined]  # the model is the resource's
    return create_model(f"{name}Page", __base__=page, __doc__=f"One page of {resource.name}.")


def resource_router(resource: Resource) -> APIRouter:
    """List, record and references of one resource."""
    router = APIRouter(prefix=f"/v1/{resource.name}", tags=[resource.name])
    query_model = list_query(resource)
    unfound = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
    spoken = resource.singular.replace("_", " ")

    @router.get(
        "",
        operation_id=f"list_{resource.name}",
        summary=f"List {resource.name}",
        description=resource.meaning,
        response_model=page_model(resource),
        responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY),
        dependencies=[only(query_model)],
    )
    def list_(request: Request, store: StoreDep, query: Annotated[query_model, Query()]) -> Response:  # type: ignore[valid-type]  # the model is the resource's
        with store.read() as reading:
            page = list_page(reading, resource, query)
        parameters = request.query_params.multi_items()
        return answer(page.body, page.release, next_link(request.url.path, parameters, page.cursor))

    @router.get(
        "/{slug:path}/references",
        operation_id=f"list_{resource.singular}_references",
        summary=f"List what refers to one of the {resource.name}",
        response_model=ReferrerPage,
        responses=unfound,
        dependencies=[only(Paging)],
    )
    def references(request: Request, slug: Slug, store: StoreDep, query: Annotated[Paging, Query()]) -> Response:
        with store.read() as reading:
            key = find(reading, resource, slug)
            body, cursor = _referrers(reading, key, query)
            parameters = request.query_params.multi_items()
            headers = next_link(request.url.path, parameters, cursor)
            return answer(body, reading.release_id, headers | canonical(resource, slug, key, "/references"))

    @router.get(
        "/{slug:path}",
        operation_id=f"get_{resource.singular}",
        summary=f"Get one {spoken}",
        response_model=resource.model,
        responses={**forms(resource), **unfound},
        dependencies=[only()],
    )
    def get(slug: Slug, store: StoreDep, form: FormDep) -> Response:
        with store.read() as reading:
            key = find(reading, resource, slug)
            if form is not None:
                return answer(linked(reading, form, key), reading.release_id, canonical(resource, slug, key), form)
            document = reading.connection.scalar(select(db.records.c.document).where(db.records.c.key == key))
            return answer(bytes(document or b""), reading.release_id, canonical(resource, slug, key))

    return router


def _referrers(reading: Reading, key: str, query: Paging) -> tuple[bytes, str | None]:
    """One page of the records that refer to a record, derived references left out, in order of field and key."""
    written = (db.links.c.target == key, db.links.c.via.is_(None))
    rows, total, cursor = keyset_page(
        reading,
        query,
        f"{key}/references",
        select(db.links.c.key, db.links.c.field, db.records.c.name, db.records.c.resource)
        .join(db.records, db.records.c.key == db.links.c.key)
        .where(*written),
        (db.links.c.field, db.links.c.key),
        select(func.count()).select_from(db.links).where(*written),
    )
    items = [
        Referrer(id=row.key, name=row.name, resource=row.resource, field=row.field).model_dump_json().encode()
        for row in rows
    ]
    return page_bytes(items, total, cursor, reading.release_id), cursor
