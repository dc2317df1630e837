"""Lists: parameters, keyset pages, cursors, filters and facets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model
from sqlalchemy import Integer, Select, Table, and_, bindparam, exists, func, literal, or_, select

from app import db
from app.counting import LISTED, kept_count, listed_values
from app.errors import ProblemError
from app.names import require_all
from app.resource import Filter, Resource
from app.store import Reading
from app.text import words
from app.vocabulary import Term, values_of

Item = TypeVar("Item")
MAXIMUM = 200


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The records of this page.")
    total: int = Field(description="How many records the whole list has.")
    next_cursor: str | None = Field(description="What to give as `cursor` for the next page; null on the last one.")
    facets: dict[str, dict[str, int]] | None = Field(
        description=f"For each filter, how many records have each value, the {LISTED:,} most frequent; "
        "null unless asked for."
    )
    release: str = Field(description="The release the page was read from.")


class Paging(BaseModel):
    """Parameters of every list."""

    model_config = ConfigDict(extra="forbid")
    limit: Annotated[int, Field(ge=1, le=MAXIMUM, description="How many records a page holds.")] = 50
    cursor: Annotated[str | None, Field(max_length=2000, description="`next_cursor` of the page before.")] = None


class ListQuery(Paging):
    """Parameters of every list of records. A resource's filters come on top."""

    q: Annotated[str | None, Field(max_length=200, description="Words that name, synonyms or summary must hold.")] = (
        None
    )
    facets: Annotated[bool, Field(description="Whether to count the values of each filter.")] = False


def list_query(resource: Resource) -> type[ListQuery]:
    """The query model of a resource's list: sorting and filters by its declaration."""
    fields: dict[str, Any] = {
        "sort": (
            _sort_type(resource),
            Field("name", description="The order; `-` reverses it. A missing number sorts as zero."),
        )
    }
    for entry in resource.filters:
        fields[entry.name] = (
            list[_value_type(entry)],  # type: ignore[misc]  # the type is chosen at run time
            Field(
                default_factory=list, max_length=50, description=f"{entry.meaning} May be repeated: any of the values."
            ),
        )
    return create_model(f"{resource.model.__name__}Query", __base__=ListQuery, **fields)


def _sort_type(resource: Resource) -> Any:
    orders = tuple(order for name in ("name", *resource.sorts) for order in (name, f"-{name}"))
    return Literal[orders]


def _value_type(entry: Filter) -> Any:
    if entry.values is int:
        return Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
    if isinstance(entry.values, tuple):
        return Annotated[str, StringConstraints(min_length=1, max_length=200)]
    if isinstance(entry.values, type) and issubclass(entry.values, Term):
        return values_of(entry.values)
    return entry.values


def is_list(annotation: Any) -> bool:
    """Whether a parameter of this type may be given several times."""
    return getattr(annotation, "__origin__", None) is list


def _fingerprint(query: BaseModel, listed: str) -> str:
    """What a cursor holds of the list it belongs to: everything but the page's own size and place."""
    chosen = query.model_dump(exclude={"limit", "cursor", "facets"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps([listed, chosen], sort_keys=True).encode()).hexdigest()[:12]


def encode_cursor(query: BaseModel, listed: str, release: str, place: Sequence[Any]) -> str:
    """An opaque cursor: the place of the last record, the list it belongs to and the release it was read from."""
    text = json.dumps([list(place), _fingerprint(query, listed), release], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(query: Paging, listed: str, release: str, kinds: Sequence[type]) -> list[Any] | None:
    """The place a cursor stands for; `None` without one. Raises 400 where it does not fit."""
    if query.cursor is None:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        place, fingerprint, read_from = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if len(place) != len(kinds) or not all(type(value) is kind for value, kind in zip(place, kinds, strict=True)):
            raise ValueError("wrong place")
        for value in place:
            if "\0" in str(value).encode().decode() or (isinstance(value, int) and abs(value) >= 2**31):
                raise ValueError("wrong place")
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
        raise _bad_cursor("it was not given out by this list") from None
    if fingerprint != _fingerprint(query, listed):
        raise _bad_cursor("list, sort or filters differ from those of the page it came with")
    if read_from != release:
        raise _bad_cursor(f"it belongs to release {read_from}, and {release} is served now; list from the start")
    return list(place)


def _bad_cursor(why: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, "bad-cursor", f"query.cursor cannot be used: {why}.")


def after(place: Sequence[Any] | None, columns: Sequence[Any], descending: bool = False) -> Any:
    """The condition that a row comes after a place in the order of the columns, the last of which is unique."""
    if place is None:
        return literal(True)
    first, *rest = columns
    beyond = first < place[0] if descending else first > place[0]
    return and_(
        first <= place[0] if descending else first >= place[0],
        or_(beyond, after(place[1:], rest) if rest else literal(False)),
    )


def ordered(statement: Select[Any], order: Sequence[Any], descending: bool, placed: bool) -> Select[Any]:
    """A statement's rows from a place on, in the order of the columns: `place_0`, `place_1`, … and how many `rows`."""
    first, *rest = order
    place = [bindparam(f"place_{position}", type_=column.type) for position, column in enumerate(order)]
    return (
        statement.add_columns(*(column.label(f"at_{position}") for position, column in enumerate(order)))
        .where(after(place if placed else None, order, descending))
        .order_by(first.desc() if descending else first, *rest)
        .limit(bindparam("rows", type_=Integer))
    )


def keyset_page(  # noqa: PLR0913, PLR0917  # what a page is made of
    reading: Reading,
    query: Paging,
    listed: str,
    statement: Select[Any] | Callable[[bool], Select[Any]],
    order: Sequence[Any],
    counted: Select[int] | int,
    *,
    descending: bool = False,
) -> tuple[Sequence[Any], int, str | None]:
    """One page of a statement's rows, how many there are in all, and the cursor of the next page.

    `listed` tells this list from others, so that their cursors do not fit. `order` are the columns to sort by, the last
    of which is unique; `descending` reverses the first of them. A statement that is made once and for all is given as
    what gives it `ordered`, with a place or without. Raises 400 where the query's cursor does not fit.
    """
    place = decode_cursor(query, listed, reading.release_id, [column.type.python_type for column in order])
    page = (statement if callable(statement) else partial(ordered, statement, order, descending))(place is not None)
    places = {f"place_{position}": value for position, value in enumerate(place or ())}
    rows = reading.connection.execute(page, {**places, "rows": query.limit + 1}).all()
    total = counted if isinstance(counted, int) else reading.connection.scalar(counted) or 0
    if len(rows) <= query.limit:
        return rows, total, None
    rows = rows[: query.limit]
    return rows, total, encode_cursor(query, listed, reading.release_id, tuple(rows[-1])[-len(order) :])


def matches(q: str | None) -> list[Any]:
    """Conditions that every word of `q` begins a word of a record's name, synonyms or summary."""
    return [db.records.c.search.contains(f" {word}", autoescape=True) for word in words(q or "")]


def _condition(entry: Filter, values: Sequence[Any], table: Table) -> Any:
    if entry.path == "subject|object":
        return or_(table.c.subject.in_(values), table.c.object.in_(values))
    if entry.single:
        return table.c[entry.name].in_(values)
    side = (db.links if isinstance(entry.values, tuple) else db.terms).alias()
    value = side.c.target if isinstance(entry.values, tuple) else side.c.value
    return exists().where(side.c.key == table.c.key, side.c.field == entry.path, value.in_(values))


@cache
def _documents(resource: str) -> Select[Any]:
    table = db.RESOURCE_TABLES[resource]
    return select(db.records.c.document).join(table, table.c.key == db.records.c.key)


@cache
def _whole_list(resource: str, order: str, descending: bool, placed: bool) -> Select[Any]:
    """The statement of a list without filters: making it takes longer than the database takes for it."""
    columns = db.RESOURCE_TABLES[resource].c
    return ordered(_documents(resource), (columns[f"sort_{order}"], columns.key), descending, placed)


def _whole_number(reading: Reading, resource: Resource) -> int:
    """How many records a resource has, read once a release."""
    kept = f"{resource.name} in all"
    if kept not in reading.kept:
        reading.kept[kept] = reading.connection.scalar(kept_count(resource.name)) or 0
    return int(reading.kept[kept])


def list_page(reading: Reading, resource: Resource, query: Any) -> tuple[bytes, str | None]:
    """One page of a resource's records as JSON, and the cursor of the next one."""
    table = db.RESOURCE_TABLES[resource.name]
    chosen: dict[str, Any] = {}
    wanted: list[tuple[str, str]] = []
    for entry in resource.filters:
        if values := getattr(query, entry.name):
            if isinstance(entry.values, tuple):
                values = require_all(reading, values, entry.values, f"query.{entry.name}")
            chosen[entry.name] = _condition(entry, values, table)
            wanted += [(entry.name, str(value)) for value in dict.fromkeys(values)]
    searched = [table.c.key.in_(select(db.records.c.key).where(*matches(query.q)))] if query.q else []
    conditions = [*searched, *chosen.values()]
    descending, order = query.sort.startswith("-"), query.sort.removeprefix("-")
    column = table.c[f"sort_{order}"]
    counted: Select[int] | int
    if not conditions:
        counted = _whole_number(reading, resource)
    elif len(conditions) == len(wanted) == 1:
        counted = kept_count(resource.name, *wanted[0])
    else:
        counted = select(func.count()).select_from(table).where(*conditions)
    rows, total, cursor = keyset_page(
        reading,
        query,
        resource.name,
        _documents(resource.name).where(*conditions)
        if conditions
        else partial(_whole_list, resource.name, order, descending),
        (column, table.c.key),
        counted,
        descending=descending,
    )
    facets = None
    if query.facets:
        facets = {}
        for entry in resource.filters:
            others = [*searched, *(condition for name, condition in chosen.items() if name != entry.name)]
            values = reading.connection.execute(listed_values(entry, table, others))
            facets[entry.name] = {str(value): int(number) for value, number in values}
    return page_bytes([bytes(row[0]) for row in rows], total, cursor, reading.release_id, facets), cursor


def page_bytes(
    documents: Sequence[bytes],
    total: int,
    cursor: str | None,
    release: str,
    facets: Mapping[str, Mapping[str, int]] | None = None,
) -> bytes:
    """A page as JSON, around documents that are JSON already."""
    rest = {"total": total, "next_cursor": cursor, "facets": facets, "release": release}
    return b"".join((b'{"items":[', b",".join(documents), b"],", json.dumps(rest, ensure_ascii=False).encode()[1:]))


def next_link(path: str, parameters: Sequence[tuple[str, str]], cursor: str | None) -> dict[str, str]:
    """The `Link` header to the next page (RFC 8288); none on the last one."""
    if cursor is None:
        return {}
    kept = [(name, value) for name, value in parameters if name != "cursor"]
    return {"link": f'<{quote(path)}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}
