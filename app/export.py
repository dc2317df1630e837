"""Exports: every record of a resource, as JSON Lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app import db
from app.resource import Resource
from app.store import Reading

MEDIA_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}


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
    """The records of a resource in order of their keys, one line each; CSV begins with the field names."""
    if form == "jsonl":
        for document in _documents(reading, resource):
            yield document + b"\n"
        return
    fields = list(resource.model.model_fields)
    yield _csv_line(fields)
    for document in _documents(reading, resource):
        data = json.loads(document)
        yield _csv_line([cell(data[field]) for field in fields])
