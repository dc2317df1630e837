"""About the service: its index, vocabularies, kinds of problems, health and documentation."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from app.deps import JSON, MetricsDep, ReleasesDep, StoreDep, answer, only, problems
from app.errors import KINDS, ProblemError
from app.resources import RESOURCES
from app.vocabulary import Predicate, vocabularies

router = APIRouter(tags=["meta"])


class IndexedResource(BaseModel):
    """A resource of the service."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(description="Its name.", examples=["hormones"])
    url: str = Field(description="Where its list is.", examples=["/v1/hormones"])
    meaning: str = Field(description="What it holds.")
    filters: list[str] = Field(description="Parameters that narrow its list.")
    sorts: list[str] = Field(description="What its list can be ordered by.")


class Index(BaseModel):
    """Everything the service answers."""

    resources: list[IndexedResource] = Field(description="The resources.")
    links: dict[str, str] = Field(description="Other paths, by name.")
    release: str = Field(description="The release that is served.")


class VocabularyTerm(BaseModel):
    """One enumerated value."""

    model_config = ConfigDict(frozen=True)
    value: str = Field(description="The value as records hold it.")
    label: str = Field(description="How to show it.")
    meaning: str = Field(description="What it means.")
    effects: list[str | None] | None = Field(None, description="For a predicate: the effects it allows.")
    biolink: str | None = Field(None, description="For a predicate: the Biolink predicate it maps to.")
    gtopdb: str | None = Field(None, description="For a ligand's predicate: the Guide to Pharmacology action.")


class Vocabulary(BaseModel):
    """The values of one enumerated field."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(description="The type's name in the OpenAPI document.")
    meaning: str = Field(description="What its values say.")
    terms: list[VocabularyTerm] = Field(description="The values.")


class Vocabularies(BaseModel):
    """Every vocabulary."""

    items: list[Vocabulary] = Field(description="The vocabularies.")


class Liveness(BaseModel):
    """That the process is alive."""

    status: str = Field(description="`ok`.")


class Readiness(BaseModel):
    """That the service can answer."""

    status: str = Field(description="`ok`.")
    release: str = Field(description="The release that is served.")


LINKS = {
    "records": "/v1/records",
    "vocabularies": "/v1/vocabularies",
    "glossary_index": "/v1/glossary/index",
    "search": "/v1/search{?q,resource}",
    "suggest": "/v1/suggest{?q}",
    "resolve": "/v1/resolve{?name}",
    "annotate": "/v1/annotate",
    "annotate_html": "/v1/annotate/html",
    "conflicts": "/v1/conflicts",
    "effects": "/v1/effects",
    "neighbors": "/v1/graph/neighbors{?entity}",
    "neighbors_diagram": "/v1/graph/neighbors/diagram.{form}{?entity}",
    "paths": "/v1/graph/paths{?source,target}",
    "loops": "/v1/graph/loops{?entity,axis}",
    "axis_diagram": "/v1/axes/{slug}/diagram.{form}",
    "release": "/v1/release",
    "releases": "/v1/releases",
    "changes": "/v1/changes{?since}",
    "exports": "/v1/exports",
    "references": "/v1/{resource}/{slug}/references",
    "problems": "/problems/{kind}",
    "health": "/healthz",
    "readiness": "/readyz",
    "metrics": "/metrics",
    "openapi": "/openapi.json",
    "docs": "/docs",
}


@router.get(
    "/v1",
    operation_id="get_index",
    summary="Get the index of the service",
    response_model=Index,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def get_index(store: StoreDep) -> Response:
    """Every resource with its filters, and every other path."""
    with store.read() as reading:
        index = Index(
            resources=[
                IndexedResource(
                    name=resource.name,
                    url=f"/v1/{resource.name}",
                    meaning=resource.meaning,
                    filters=[entry.name for entry in resource.filters],
                    sorts=["name", *resource.sorts],
                )
                for resource in RESOURCES
            ],
            links=LINKS,
            release=reading.release_id,
        )
        return answer(index.model_dump_json(), reading.release_id)


def _vocabularies() -> Vocabularies:
    return Vocabularies(
        items=[
            Vocabulary(
                name=vocabulary.__name__,
                meaning=(vocabulary.__doc__ or "").strip(),
                terms=[
                    VocabularyTerm(
                        value=term.value,
                        label=term.label,
                        meaning=term.meaning,
                        effects=[effect and effect.value for effect in term.effects]
                        if isinstance(term, Predicate)
                        else None,
                        biolink=term.biolink if isinstance(term, Predicate) else None,
                        gtopdb=term.gtopdb if isinstance(term, Predicate) else None,
                    )
                    for term in vocabulary
                ],
            )
            for vocabulary in vocabularies()
        ]
    )


@router.get(
    "/v1/vocabularies",
    operation_id="list_vocabularies",
    summary="List every enumerated value",
    response_model=Vocabularies,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def list_vocabularies(store: StoreDep) -> Response:
    """Each enumerated value with its label and meaning. Values may be added within v1."""
    with store.read() as reading:
        return answer(_vocabularies().model_dump_json(), reading.release_id)


@router.get(
    "/problems/{kind}",
    operation_id="get_problem_kind",
    summary="Explain a kind of problem",
    response_class=Response,
    responses={
        200: {"description": "What it means.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    },
    dependencies=[only()],
)
async def get_problem_kind(kind: str) -> Response:
    """What the `type` of a problem document means."""
    if kind not in KINDS:
        detail = f"There is no problem {kind!r}; there are {', '.join(KINDS)}."
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", detail)
    return Response(f"{KINDS[kind]}\n", media_type="text/plain")


@router.get(
    "/healthz",
    operation_id="get_health",
    summary="Whether the process is alive",
    response_model=Liveness,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
async def get_health() -> Response:
    """Answers as long as the process runs, whatever the state of the store."""
    return Response(Liveness(status="ok").model_dump_json(), media_type=JSON, headers={"cache-control": "no-store"})


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Whether the service can answer from a release",
    response_model=Readiness,
    responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
async def get_readiness(releases: ReleasesDep) -> Response:
    """200 while the store can be read and its release is the one held here; it is looked at every second."""
    reason = "The service is about to stop." if releases.closing else releases.problem
    if not releases.current.indexes.done():
        reason = "The search index is being built."
    if reason is not None:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        raise ProblemError(status, "not-ready", f"{reason} What is held in memory is still answered.")
    ready = Readiness(status="ok", release=releases.current.release)
    return answer(ready.model_dump_json(), ready.release, {"cache-control": "no-store"})


@router.get("/metrics", include_in_schema=False, dependencies=[only()])
def get_metrics(metrics: MetricsDep) -> Response:
    """What the service counts of itself, for Prometheus."""
    body = generate_latest(metrics)
    return Response(body, headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"})
