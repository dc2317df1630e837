"""How many records have each value of each filter: counted by the database, and kept with a release."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, insert, select

from app import db
from app.resource import Filter, Resource

LISTED = 1000
"""Values of a filter that an answer counts, the most frequent first: a large store has a value for every record."""


def listed_values(entry: Filter, table: Table, conditions: Sequence[Any] = ()) -> Select[Any]:
    """`counted_values`, as many as an answer lists; without conditions, as they were kept with the release."""
    if conditions:
        return counted_values(entry, table, conditions).limit(LISTED)
    counts = db.counts.c
    most = (
        select(counts.value, counts.records)
        .where(counts.resource == table.name, counts.field == entry.name)
        .order_by(counts.records.desc(), counts.value.desc())  # as the index goes
        .limit(LISTED)
        .subquery()
    )
    return select(most).order_by(most.c.records.desc(), most.c.value)


def counted_values(entry: Filter, table: Table, conditions: Sequence[Any] = ()) -> Select[Any]:
    """Rows of value and number of records, over the records of a resource's table that meet the conditions."""
    counted = func.count(func.distinct(table.c.key))
    query: Select[Any]
    if entry.path == "subject|object":
        ends = select(table.c.key, table.c.subject.label("end")).union(select(table.c.key, table.c.object)).subquery()
        value, query = ends.c.end, select(ends.c.end, counted).join(table, table.c.key == ends.c.key)
    elif entry.single:
        value = table.c[entry.name]
        query = select(value, counted).where(value.is_not(None))
    else:
        side = db.links if isinstance(entry.values, tuple) else db.terms
        value = side.c.target if side is db.links else side.c.value
        query = select(value, counted).join(side, (side.c.key == table.c.key) & (side.c.field == entry.path))
    return query.where(*conditions).group_by(value).order_by(counted.desc(), value)


def keep_counts(connection: Connection, resources: Sequence[Resource]) -> None:
    """Count anew, within the transaction of a load. A resource's whole number stands under an empty field."""
    connection.execute(delete(db.counts))
    for resource in resources:
        table = db.RESOURCE_TABLES[resource.name]
        whole = connection.scalar(select(func.count()).select_from(table)) or 0
        rows = [("", "", whole)]
        for entry in resource.filters:
            found = connection.execute(counted_values(entry, table))
            rows += [(entry.name, str(value), number) for value, number in found]
        connection.execute(
            insert(db.counts),
            [
                {"resource": resource.name, "field": field, "value": value, "records": number}
                for field, value, number in rows
            ],
        )


@lru_cache(1024)
def kept_count(resource: str, field: str = "", value: str = "") -> Select[Any]:
    """How many records of a resource have a value of a filter; without one, how many there are."""
    counts = db.counts.c
    return select(counts.records).where(counts.resource == resource, counts.field == field, counts.value == value)
