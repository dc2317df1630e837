"""Exports: every record of a resource, as JSON Lines, CSV or what else it can be had in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app import db
from app.linked import linked
from app.resource import JSON_LD, TURTLE, Resource
from app.store import Reading

MEDIA_TYPES = {
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8",
    "jsonld": JSON_LD,
    "ttl": f"{TURTLE}; charset=utf-8",
}
LINKED = {"jsonld": JSON_LD, "ttl": TURTLE}


def formats(resource: Resource) -> list[str]:
    """What a resource is exported as."""
    return [form for form in MEDIA_TYPES if form not in LINKED or LINKED[form] in resource.forms]


def _documents(reading: Reading, resource: Resource) -> Iterator[bytes]:
    query = (
        select(db.records.c.document)
        .where(db.records.c.key > f"{resource.name}/", db.records.c.key < f"{resource.name}0")
        .order_by(db.records.c.key)
    ).execution_options(yield_per=500)
    for document in reading.connection.execute(query).scalars():
        yield bytes(document)


def cell(value: Any) -> str:
    """A value as one CSV cell: references by id, lists with ` | ` between, anything deeper as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and not any(isinstance(item, dict) and "id" not in item for item in value):
        return " | ".join(map(cell, value))
    if isinstance(value, dict) and "id" in value:
        return str(value["id"])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _csv_line(values: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()


def export(reading: Reading, resource: Resource, form: str) -> Iterator[bytes]:
    """The records of a resource: one line each in order of their keys, CSV after the field names; or as linked data."""
    if form in LINKED:
        yield linked(reading, LINKED[form]).encode()
        return
    if form == "jsonl":
        for document in _documents(reading, resource):
            yield document + b"\n"
        return
    fields = list(resource.model.model_fields)
    yield _csv_line(fields)
    for document in _documents(reading, resource):
        data = json.loads(document)
        yield _csv_line([cell(data[field]) for field in fields])
