"""Records into the store: rendered, compared with what is there, and written as one release in one transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from app import db
from app.conflicts import conflicts_of
from app.corpus import Corpus
from app.counting import keep_counts
from app.errors import StoreError
from app.resource import Record, Resource
from app.resources import RESOURCES
from app.settings import project_folder
from app.store import LATEST, Store
from app.text import fold, plain, words

Json = Any
Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
CHUNK = 1000
REVISION = re.compile(r"""^(revision|down_revision) = ["'](\w+)["']""", re.MULTILINE)
"""What a migration says of itself and of the one before it; the first says None of that."""


@dataclass(frozen=True)
class Rendered:
    """A record as it is served, with its digest."""

    key: str
    document: bytes
    digest: bytes

    @property
    def data(self) -> Json:
        """The document as plain data."""
        return json.loads(self.document)


@dataclass(frozen=True)
class Outcome:
    """What a load did: the release now served, and how many records differ from the one before."""

    release: str
    added: int
    changed: int
    removed: int

    @property
    def unchanged(self) -> bool:
        """Whether the store held all of it before."""
        return not (self.added or self.changed or self.removed)


def render(records: Iterable[Record]) -> list[Rendered]:
    """Records that have passed every rule, each with the JSON it is served as, in order of their keys."""
    corpus = Corpus(records)
    rendered = []
    for key, record in corpus.records.items():
        document = record.model_dump_json(context=corpus).encode()
        rendered.append(Rendered(key, document, hashlib.sha256(document).digest()))
    return rendered


def release_id(rendered: Sequence[Rendered]) -> str:
    """`<version>-<8 hex>`: the same wherever the same content is loaded by the same version."""
    content = hashlib.sha256()
    for record in rendered:
        content.update(record.key.encode() + b"\0" + record.digest)
    return f"{version('endoatlas')}-{content.hexdigest()[:8]}"


def revisions() -> list[str]:
    """The schema revisions that this version knows, oldest first: as each migration names the one before it."""
    following: dict[str | None, str] = {}
    for file in (project_folder("alembic") / "versions").glob("*.py"):
        named = dict(REVISION.findall(file.read_text(encoding="utf-8")))
        following[named.get("down_revision")] = named["revision"]
    known: list[str] = []
    while (later := following.get(known[-1] if known else None)) is not None:
        known.append(later)
    return known


def layout() -> str:
    """What the rows of a store depend on beside the records: schema, version, filters and sorts."""
    declared = [(resource.name, resource.filters, resource.sorts) for resource in RESOURCES]
    return f"{revisions()[-1]}-{hashlib.sha256(repr((version('endoatlas'), declared)).encode()).hexdigest()[:8]}"


def migrate(engine: Engine) -> None:
    """Bring the schema to the revision this version works with. Raises `StoreError` where it is newer."""
    from alembic.config import Config  # takes a fifth of a second, and serving does without

    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(project_folder("alembic")))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('endoatlas'))"))
        require_known_schema(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def schema_revision(connection: Connection) -> str | None:
    """The schema revision of a database; `None` where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def require_known_schema(connection: Connection) -> None:
    """Raises `StoreError` where the database is at a revision that this version does not know."""
    revision = schema_revision(connection)
    if revision is not None and revision not in revisions():
        raise StoreError(
            f"The database is at schema revision {revision}, which this version of endoatlas "
            f"({version('endoatlas')}) does not know. Install a newer endoatlas, or use another database."
        )


def load(engine: Engine, rendered: Sequence[Rendered], progress: Progress = lambda *_: None) -> Outcome:
    """Make the records the release that is served. All of it happens in one transaction, or nothing does."""
    release = release_id(rendered)
    written_as = layout()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE releases IN EXCLUSIVE MODE"))
        before = {
            key: bytes(digest) for key, digest in connection.execute(select(db.records.c.key, db.records.c.digest))
        }
        last = connection.execute(LATEST).one_or_none()
        now = {record.key: record for record in rendered}
        added = [key for key in now if key not in before]
        changed = [key for key in now if key in before and before[key] != now[key].digest]
        removed = [key for key in before if key not in now]
        outcome = Outcome(release, len(added), len(changed), len(removed))
        same_layout = last is not None and last.layout == written_as
        if outcome.unchanged and same_layout and last is not None and last.id == release:
            return outcome
        sequence = (last.sequence if last else 0) + 1
        stale = changed if same_layout else [key for key in now if key in before]
        _write(connection, now, _Difference(added, stale, removed), progress)
        keep_counts(connection, RESOURCES)
        connection.execute(
            insert(db.releases),
            {
                "sequence": sequence,
                "id": release,
                "loaded_at": datetime.now(UTC).replace(microsecond=0),
                "layout": written_as,
                "records": len(now),
                "added": len(added),
                "changed": len(changed),
                "removed": len(removed),
            },
        )
        kinds = {"added": added, "changed": changed, "removed": removed}
        _insert(
            connection,
            db.changes,
            ({"sequence": sequence, "key": key, "change": kind} for kind, keys in kinds.items() for key in keys),
        )
    return outcome


class _Difference(NamedTuple):
    """Keys to insert, to write again, and to delete."""

    added: Sequence[str]
    stale: Sequence[str]
    removed: Sequence[str]


def _write(connection: Connection, now: Mapping[str, Rendered], difference: _Difference, progress: Progress) -> None:
    added, stale, removed = difference
    for table in (*db.DEPENDENTS, *db.RESOURCE_TABLES.values()):
        _delete(connection, table, [*stale, *removed])
    _delete(connection, db.records, removed)
    _insert(connection, db.records, (_record_row(now[key]) for key in added))
    for chunk in _chunks(_record_row(now[key]) for key in stale):
        connection.execute(
            update(db.records).where(db.records.c.key == bindparam("this")),
            [{"this": row["key"], **row} for row in chunk],
        )
    written = [*added, *stale]
    for done in range(0, len(written), CHUNK):
        progress("writing", done, len(written))
        rows: dict[str, list[Row]] = {}
        for key in written[done : done + CHUNK]:
            for name, row in dependent_rows(now[key]):
                rows.setdefault(name, []).append(row)
        for name, batch in rows.items():
            connection.execute(insert(db.metadata.tables[name]), batch)
    progress("writing", len(written), len(written))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _insert(connection: Connection, table: Any, rows: Iterable[Row]) -> None:
    for chunk in _chunks(rows):
        connection.execute(insert(table), chunk)


def _delete(connection: Connection, table: Any, keys: Sequence[str]) -> None:
    for start in range(0, len(keys), 500):
        connection.execute(delete(table).where(table.c.key.in_(keys[start : start + 500])))


def _record_row(record: Rendered) -> Row:
    data = record.data
    searched = [data["name"], *(synonym["name"] for synonym in data["synonyms"]), data["summary"]]
    return {
        "key": record.key,
        "resource": record.key.split("/")[0],
        "name": data["name"],
        "summary": data["summary"],
        "sort_name": plain(data["name"]),
        "search": f" {' '.join(words(' '.join(searched)))}",
        "digest": record.digest,
        "document": record.document,
    }


def dependent_rows(record: Rendered) -> Iterator[tuple[str, Row]]:
    """Every row that follows from a record's document, with the table it belongs to."""
    data = record.data
    resource = next(entry for entry in RESOURCES if entry.name == record.key.split("/")[0])
    yield resource.name, _resource_row(resource, data)
    for position, (kind, name) in enumerate(_names(data)):
        if folded := fold(name):
            yield "names", {"key": record.key, "position": position, "folded": folded, "name": name, "kind": kind}
    for position, (field, target, via) in enumerate(sorted(set(references(data)), key=str)):
        yield "links", {"key": record.key, "position": position, "field": field, "target": target, "via": via}
    lists = [entry for entry in resource.filters if isinstance(entry.values, type) and not entry.single]
    values = [(entry.path, str(value)) for entry in lists for value in dict.fromkeys(at(data, entry.path))]
    for position, (field, value) in enumerate(values):
        yield "terms", {"key": record.key, "position": position, "field": field, "value": value}
    for position, (field, item) in enumerate(_evidence(data)):
        yield (
            "evidence",
            {
                "key": record.key,
                "position": position,
                "field": field,
                "source": item["source"]["id"],
                "stance": item["stance"],
                "locator": item["locator"],
                "note": item["note"],
            },
        )
    for position, conflict in enumerate(conflicts_of(data)):
        document = conflict.model_dump_json().encode()
        yield (
            "conflicts",
            {"key": record.key, "position": position, "sort_name": plain(data["name"]), "document": document},
        )


def _resource_row(resource: Resource, data: Json) -> Row:
    row: Row = {"key": data["id"], "sort_name": plain(data["name"])}
    for entry in resource.columns:
        row[entry.name] = next(iter(at(data, entry.path)), None)
    return row | {f"sort_{name}": data[name] or 0 for name in resource.sorts}


def at(data: Json, path: str) -> Iterator[Any]:
    """The values at a dotted path, through lists; a reference counts as its id, an absent value as none."""
    if isinstance(data, list):
        for item in data:
            yield from at(item, path)
    elif not path:
        if data is not None:
            yield data["id"] if isinstance(data, dict) else data
    elif isinstance(data, dict):
        head, _, rest = path.partition(".")
        yield from at(data.get(head), rest)


def _names(data: Json) -> Iterator[tuple[str, str]]:
    yield "id", data["id"].split("/")[1]
    yield "name", data["name"]
    for synonym in data["synonyms"]:
        kind = synonym["type"] if synonym["type"] in ("abbreviation", "related") else "synonym"
        yield kind, synonym["name"]
    for xref in data["xrefs"]:
        yield "xref", xref["curie"]


def references(data: Json, field: str = "") -> Iterator[tuple[str, str, str | None]]:
    """Every reference within a document: the dotted field that holds it, its target, and what it was derived from."""
    if isinstance(data, list):
        for item in data:
            yield from references(item, field)
    elif isinstance(data, dict):
        if field and {"id", "name"} <= data.keys():
            yield field, data["id"], data.get("via")
        else:
            for name, value in data.items():
                yield from references(value, f"{field}.{name}".lstrip("."))


def _evidence(data: Json) -> Iterator[tuple[str, Json]]:
    for item in data.get("evidence") or ():
        yield "evidence", item
    for note in data["notes"]:
        yield from ((note["field"], item) for item in note["evidence"])


def open_store(engine: Engine) -> Store:
    """A store to read from. Raises `StoreError`, saying what to do, where it cannot be served."""
    written_as = layout()
    try:
        with engine.connect() as connection:
            require_known_schema(connection)
            revision, head = schema_revision(connection), revisions()[-1]
            if revision != head:
                state = (
                    "holds no EndoAtlas schema" if revision is None else f"is at the older schema revision {revision}"
                )
                raise StoreError(f"The database {state}. Run `endoatlas load` first.")
            release = connection.execute(LATEST).one_or_none()
    except DBAPIError as error:
        raise StoreError(
            f"The database cannot be read: {str(error.orig).strip()}. Check ENDOATLAS_DATABASE_URL."
        ) from error
    if release is None:
        raise StoreError("The database holds no release. Run `endoatlas load` first.")
    if release.layout != written_as:
        raise StoreError("The database was loaded by another version of endoatlas. Run `endoatlas load` first.")
    return Store(engine, written_as)
