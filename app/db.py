"""The relational store: tables that every resource shares, one table a resource, and how engines are made."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    QueuePool,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import StoreError
from app.resource import Filter, Resource
from app.resources import RESOURCES

Binary = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point on both databases."""

POOL = 20
"""Connections a process keeps for reading; requests beyond wait for one."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str, **options: Any) -> Column[str]:
    return Column(name, Binary, ForeignKey("records.key", ondelete="CASCADE"), nullable=False, **options)


releases = Table(
    "releases",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("id", Binary, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
    Column("layout", Binary, nullable=False),
    Column("records", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
)
"""One row a load that changed something; the highest sequence is served. `layout` is that of the rows it wrote."""

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, ForeignKey("releases.sequence", ondelete="CASCADE"), primary_key=True),
    Column("key", Binary, primary_key=True),
    Column("change", Binary, nullable=False),
)
"""What each release added, changed and removed."""

records = Table(
    "records",
    metadata,
    Column("key", Binary, primary_key=True),
    Column("resource", Binary, nullable=False),
    Column("name", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("sort_name", Binary, nullable=False),
    Column("search", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index(None, "resource", "sort_name", "key"),
    Index(None, "sort_name", "key"),
)
"""Every record, with the JSON document that is served for it."""

names = Table(
    "names",
    metadata,
    _key("key", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("folded", Binary, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Binary, nullable=False),
    Index(None, "folded", "key"),
)
"""Every name of a record, and its slug and identifiers, folded so that spellings meet."""

links = Table(
    "links",
    metadata,
    _key("key", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("field", Binary, nullable=False),
    _key("target"),
    Column("via", Binary),
    Index(None, "target", "field", "key"),
    Index(None, "field", "target", "key"),
)
"""Every reference of a record; `via` is set where it was derived."""

terms = Table(
    "terms",
    metadata,
    _key("key", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("field", Binary, nullable=False),
    Column("value", Binary, nullable=False),
    Index(None, "field", "value", "key"),
)
"""Values of filters that a record can have several of."""

evidence = Table(
    "evidence",
    metadata,
    _key("key", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("field", Binary, nullable=False),
    _key("source"),
    Column("stance", Binary, nullable=False),
    Column("locator", Text),
    Column("note", Text),
    Index(None, "source"),
)
"""What sources say, of interactions and of fields that carry notes."""

conflicts = Table(
    "conflicts",
    metadata,
    _key("key", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sort_name", Binary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index(None, "sort_name", "key", "position"),
)
"""Claims on which sources disagree, as they are served."""

counts = Table(
    "counts",
    metadata,
    Column("resource", Binary, primary_key=True),
    Column("field", Binary, primary_key=True),
    Column("value", Binary, primary_key=True),
    Column("records", Integer, nullable=False),
    Index(None, "resource", "field", "records", "value"),
)
"""How many records of a resource have each value of a filter; under an empty field, how many there are."""

DEPENDENTS = (names, links, terms, evidence, conflicts)
"""Shared tables whose rows follow from a record's document."""


def _filter_column(entry: Filter) -> Column[Any]:
    if isinstance(entry.values, tuple):
        return Column(entry.name, Binary, ForeignKey("records.key", ondelete="CASCADE"))
    return Column(entry.name, Integer if entry.values is int else Binary)


def resource_table(resource: Resource) -> Table:
    """The resource's own table: what its lists are filtered and sorted by. A missing number sorts as zero."""
    return Table(
        resource.name,
        metadata,
        _key("key", primary_key=True),
        Column("sort_name", Binary, nullable=False),
        *(_filter_column(entry) for entry in resource.columns),
        *(Column(f"sort_{name}", Float, nullable=False) for name in resource.sorts),
        Index(None, "sort_name", "key"),
        *(Index(None, entry.name, "sort_name", "key") for entry in resource.columns),
        *(Index(None, f"sort_{name}", "key") for name in resource.sorts),
    )


RESOURCE_TABLES = {resource.name: resource_table(resource) for resource in RESOURCES}


def _file(database_url: str) -> URL:
    """The address of a SQLite database. Raises `StoreError` where it is none."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"ENDOATLAS_DATABASE_URL is no address of a database: {error}. Use sqlite:///path or postgresql://host/name."
        ) from error
    if url.drivername != "sqlite":
        raise StoreError(f"{url.drivername} is not supported. Use sqlite:///path or postgresql://host/name.")
    if not url.database:
        raise StoreError("ENDOATLAS_DATABASE_URL names no file. Use sqlite:///path.")
    return url


def _postgresql(database_url: str, connect: Mapping[str, Any], **engine: Any) -> Engine | None:
    """An engine over any connection string that libpq reads, several hosts among them; `None` for another database."""
    scheme, found, rest = database_url.partition("://")
    if not found or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        return None
    import psycopg  # takes a tenth of a second, and SQLite does without
    from psycopg.conninfo import conninfo_to_dict

    conninfo = f"postgresql://{rest}"
    try:
        conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise StoreError(
            f"ENDOATLAS_DATABASE_URL is no address of a database: {str(error).strip()}. Use postgresql://host/name."
        ) from error
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo, **connect), **engine)


def writing_engine(database_url: str, timeout: float) -> Engine:
    """An engine for loads. On SQLite it makes the folder, and a transaction takes the write lock when it begins."""
    if (engine := _postgresql(database_url, {})) is not None:
        return engine
    url = _file(database_url)
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be made: {error.strerror}. Use another path.") from error
    engine = create_engine(url.set(query={}), connect_args={"timeout": timeout})
    _own_transactions(engine, "BEGIN IMMEDIATE", ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"))
    return engine


def reading_engine(database_url: str, timeout: float) -> Engine:
    """An engine that can only read, each transaction in one snapshot.

    Raises `StoreError` where a SQLite file is missing, or lies in a folder that cannot be written and is not said to be
    immutable in its address.
    """
    milliseconds = int(timeout * 1000)
    limits = {
        "default_transaction_read_only": "on",
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds * 2,
    }
    postgresql = _postgresql(
        database_url,
        {
            "connect_timeout": max(2, int(timeout)),
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        },
        pool_pre_ping=True,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=timeout,
        isolation_level="REPEATABLE READ",
    )
    if postgresql is not None:
        return postgresql
    url = _file(database_url)
    file = Path(url.database or "").resolve()
    if not file.is_file():
        raise StoreError(f"There is no database at {url.database}. Run `endoatlas load` first.")
    immutable = url.query.get("immutable") == "1"
    if not immutable and not os.access(file.parent, os.W_OK):
        raise StoreError(
            f"The folder {file.parent} cannot be written, which reading a SQLite database beside a load needs. "
            "Make it writable, or, where nobody loads into it, add ?immutable=1 to ENDOATLAS_DATABASE_URL."
        )
    opened = f"{file.as_uri()}?{'immutable=1' if immutable else 'mode=ro'}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(opened, uri=True, timeout=timeout, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=timeout,
    )
    _own_transactions(engine, "BEGIN", ("query_only=ON",))
    return engine


def _own_transactions(engine: Engine, begin: str, pragmas: Iterable[str]) -> None:
    """Let SQLAlchemy begin transactions: sqlite3 by itself begins none for a SELECT, so reads would mix releases."""

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.connection.driver_connection.execute(begin)  # without the forms of a statement, which take longer
