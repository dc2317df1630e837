"""The OpenAPI document: what FastAPI makes of the routes, with examples from real records and open schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from sqlalchemy import select

from app import db
from app.errors import Problem, ProblemDetail
from app.resources import RESOURCES
from app.store import Reading

DESCRIPTION = """\
Curated knowledge on human hormones, therapeutic peptides, endocrine axes and their interactions, each statement with
its sources. Every answer names the release it was read from.

Nothing here is medical advice: doses and uses are reported as sources state them.

Values may be added to enumerations within v1: expect ones you do not know.
"""
EXAMPLES = {
    "hormones": "hormones/lh",
    "peptides": "peptides/sermorelin",
    "axes": "axes/male-gonadal-axis",
    "interactions": "interactions/lh-agonist-of-lhcgr",
    "glossary": "glossary/hpg-axis",
    "compounds": "compounds/anastrozole",
    "proteins": "proteins/lhcgr",
    "tissues": "tissues/leydig-cells",
    "biomarkers": "biomarkers/total-testosterone",
    "conditions": "conditions/male-hypogonadism",
    "processes": "processes/spermatogenesis",
    "protocols": "protocols/male-testosterone-replacement",
    "sources": "sources/es-testosterone-men-2018",
}
"""The record that stands as example for each resource; one without an entry shows its first record."""


HEADERS = {
    "ETag": "Strong tag of the answer's bytes; give it as `If-None-Match`.",
    "Knowledge-Release": "The release the answer was read from.",
    "Link": "On lists, the next page (RFC 8288).",
    "Content-Location": "On records reached by another name, the record's own path.",
}


def example_documents(reading: Reading) -> dict[str, Any]:
    """The example record of each resource, as it is served."""
    examples = {}
    for resource in RESOURCES:
        query = select(db.records.c.document).where(db.records.c.resource == resource.name)
        chosen = query.where(db.records.c.key == EXAMPLES.get(resource.name))
        first = query.order_by(db.records.c.key).limit(1)
        document = reading.connection.scalar(chosen) or reading.connection.scalar(first)
        if document is not None:
            examples[resource.name] = json.loads(bytes(document))
    return examples


GROUPS = {
    "finding": "Search, names and texts: from what people type or write to records.",
    "reasoning": "The signed graph of single steps: paths, loops, drawings, and what follows when something changes.",
    "records": "Across resources: compact records, and statements on which sources disagree.",
    "releases": "Releases, and what changed between them.",
    "exports": "Whole resources as files.",
    "meta": "What there is, and how the service is.",
}
"""Groups of operations that are no resource's."""


def build(app: FastAPI, examples: Mapping[str, Any]) -> dict[str, Any]:
    """The document of an app, with example records by resource."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        license_info={"name": "MIT (code), CC BY 4.0 (data)", "identifier": "MIT"},
        servers=[{"url": "/"}],
        tags=[
            *({"name": resource.name, "description": resource.meaning} for resource in RESOURCES),
            *({"name": name, "description": meaning} for name, meaning in GROUPS.items()),
        ],
    )
    schemas = document["components"]["schemas"]
    for model in (ProblemDetail, Problem):
        schema = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
    for item in document["paths"].values():
        if "get" in item:
            described = {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()}
            item["get"]["responses"]["200"]["headers"] = described
    for resource in RESOURCES:
        if (example := examples.get(resource.name)) is not None:
            schemas[resource.model.__name__]["examples"] = [example]
            _show_slug(document["paths"], resource.name, example["id"].split("/")[1])
    return document


def _show_slug(paths: Mapping[str, Any], resource: str, slug: str) -> None:
    for path, item in paths.items():
        for parameter in item["get"].get("parameters", ()) if path.startswith(f"/v1/{resource}/") else ():
            if parameter["name"] == "slug":
                parameter["examples"] = {"slug": {"value": slug}}


def text(document: Mapping[str, Any]) -> str:
    """The document as it is served and committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
