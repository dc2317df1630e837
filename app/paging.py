"""Lists: parameters, keyset pages, cursors, filters and facets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model
from sqlalchemy import Integer, Select, Table, and_, bindparam, exists, func, literal, or_, select

from app import db
from app.counting import LISTED, kept_count, listed_values
from app.errors import ProblemError
from app.names import require_all
from app.resource import Filter, Resource
from app.store import SERVED, Reading, Store
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
    return _encoded(place, _fingerprint(query, listed), release)


def _encoded(place: Sequence[Any], fingerprint: str, release: str) -> str:
    text = json.dumps([list(place), fingerprint, release], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(query: Paging, listed: str, release: str, kinds: Sequence[type]) -> list[Any] | None:
    """The place a cursor stands for; `None` without one. Raises 400 where it does not fit."""
    if query.cursor is None:
        return None
    place, read_from = _decoded(query.cursor, _fingerprint(query, listed), kinds)
    if read_from != release:
        raise _bad_cursor(f"it belongs to release {read_from}, and {release} is served now; list from the start")
    return place


def _decoded(cursor: str, fingerprint: str, kinds: Sequence[type]) -> tuple[list[Any], str]:
    """The place and the release of a cursor. Raises 400 where it is of another list, or of none."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        place, written, read_from = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if len(place) != len(kinds) or not all(type(value) is kind for value, kind in zip(place, kinds, strict=True)):
            raise ValueError("wrong place")
        for value in place:
            if "\0" in str(value).encode().decode() or (isinstance(value, int) and abs(value) >= 2**31):
                raise ValueError("wrong place")
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
        raise _bad_cursor("it was not given out by this list") from None
    if written != fingerprint:
        raise _bad_cursor("list, sort or filters differ from those of the page it came with")
    return list(place), read_from


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


def keyset_page(  # noqa: PLR0913, PLR0917  # what a page is made of
    reading: Reading,
    query: Paging,
    listed: str,
    statement: Select[Any],
    order: Sequence[Any],
    counted: Select[int],
    *,
    descending: bool = False,
) -> tuple[Sequence[Any], int, str | None]:
    """One page of a statement's rows, how many there are in all, and the cursor of the next page.

    `listed` tells this list from others, so that their cursors do not fit. `order` are the columns to sort by, the last
    of which is unique; `descending` reverses the first of them. Raises 400 where the query's cursor does not fit.
    """
    place = decode_cursor(query, listed, reading.release_id, [column.type.python_type for column in order])
    page = _ordered(statement, order, descending, place).limit(query.limit + 1)
    rows = reading.connection.execute(page).all()
    total = reading.connection.scalar(counted) or 0
    if len(rows) <= query.limit:
        return rows, total, None
    rows = rows[: query.limit]
    return rows, total, encode_cursor(query, listed, reading.release_id, tuple(rows[-1])[-len(order) :])


def _ordered(
    statement: Select[Any], order: Sequence[Any], descending: bool, place: Sequence[Any] | None
) -> Select[Any]:
    """A statement's rows from a place on, with the columns they are in the order of."""
    first, *rest = order
    return (
        statement.add_columns(*(column.label(f"at_{position}") for position, column in enumerate(order)))
        .where(after(place, order, descending))
        .order_by(first.desc() if descending else first, *rest)
    )


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


def _documents(resource: str) -> Select[Any]:
    table = db.RESOURCE_TABLES[resource]
    return select(db.records.c.document).join(table, table.c.key == db.records.c.key)


class RecordPage(NamedTuple):
    """A page of records as JSON, the release it was read from, and the cursor of the next one."""

    body: bytes
    release: str
    cursor: str | None


@cache
def _whole_list(resource: str, order: str, descending: bool, placed: bool) -> Select[Any]:
    """Rows of a list without filters: the document and its place, the release, and how many records there are.

    Made once, since making it takes longer than the database takes for it.
    """
    columns = db.RESOURCE_TABLES[resource].c
    order_by = (columns[f"sort_{order}"], columns.key)
    place = [bindparam(f"place_{position}", type_=column.type) for position, column in enumerate(order_by)]
    return (
        _ordered(_documents(resource), order_by, descending, place if placed else None)
        .add_columns(SERVED, kept_count(resource).scalar_subquery())
        .limit(bindparam("rows", type_=Integer))
    )


def whole_page(store: Store, resource: Resource, query: Any) -> RecordPage | None:
    """One page of a list without filters, in one statement; `None` where it is empty.

    Raises 400 where the query's cursor does not fit.
    """
    descending, order = query.sort.startswith("-"), query.sort.removeprefix("-")
    columns = db.RESOURCE_TABLES[resource.name].c
    fingerprint = _fingerprint(query, resource.name)
    given: dict[str, Any] = {"rows": query.limit + 1}
    read_from = None
    if query.cursor is not None:
        kinds: list[Any] = [columns[f"sort_{order}"].type.python_type, str]
        (first, second), read_from = _decoded(query.cursor, fingerprint, kinds)
        given |= {"place_0": first, "place_1": second}
    rows = store.rows(_whole_list(resource.name, order, descending, read_from is not None), given)
    if not rows:
        return None
    *_, release, total = rows[0]
    if release is None or read_from not in {None, release}:
        return None
    cursor = None
    if len(rows) > query.limit:
        del rows[query.limit :]
        cursor = _encoded(rows[-1][1:3], fingerprint, release)
    return RecordPage(page_bytes([row[0] for row in rows], total, cursor, release), release, cursor)


def list_page(reading: Reading, resource: Resource, query: Any) -> RecordPage:
    """One page of a resource's records. Raises 400 where the query's cursor does not fit."""
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
    if len(conditions) == len(wanted) <= 1:
        counted = kept_count(resource.name, *itertools.chain(*wanted))
    else:
        counted = select(func.count()).select_from(table).where(*conditions)
    rows, total, cursor = keyset_page(
        reading,
        query,
        resource.name,
        _documents(resource.name).where(*conditions),
        (table.c[f"sort_{order}"], table.c.key),
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
    body = page_bytes([bytes(row[0]) for row in rows], total, cursor, reading.release_id, facets)
    return RecordPage(body, reading.release_id, cursor)


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
