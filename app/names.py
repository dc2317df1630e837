"""From what people call things to records: keys, CURIEs, names, synonyms and abbreviations, and close spellings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Row, Select, bindparam, select

from app import db
from app.errors import ProblemError
from app.resource import Reference, Resource
from app.store import Reading
from app.text import fold, other_number

RANKS = {"id": 0, "name": 0, "synonym": 1, "abbreviation": 1, "xref": 1, "related": 2}
"""What decides between records that share a name: a record's own name goes before others' synonyms."""
CLOSE = 70
"""Least similarity, of 100, of a suggestion: Levenshtein-based ratio over folded names."""
COMPARED = 50_000
"""At most so many names are compared with a misspelled one."""
NAMED = select(db.names.c.key, db.records.c.name, db.names.c.kind).join(db.records, db.records.c.key == db.names.c.key)
OF_KEY = NAMED.where(db.names.c.key == bindparam("key"), db.names.c.kind == "id")
OF_NAME = NAMED.where(db.names.c.folded == bindparam("folded"))
OF_NAMES = NAMED.where(db.names.c.folded.in_(bindparam("folded", expanding=True)), db.names.c.kind != "xref")


@dataclass(frozen=True)
class Match:
    """A record that a name may mean, and on which of its names they agree."""

    reference: Reference
    kind: str


def candidates(reading: Reading, name: str, resources: Sequence[str] = ()) -> list[Match]:
    """Every record that has the name, best first: whole key, then slug and name, synonym, abbreviation, identifier.

    `related` names, which mean something else, come last. A name that at most glossary
    entries have is tried in its singular or plural too.
    """

    def asked(statement: Select[Any], **given: Any) -> list[Row[Any]]:
        rows = reading.connection.execute(statement, given)
        return [row for row in rows if not resources or row.key.split("/")[0] in resources]

    key = name.strip()
    if "/" in key and "\0" not in key:
        for row in asked(OF_KEY, key=key):
            return [Match(Reference(id=row.key, name=row.name), "id")]
    folded = fold(name)
    rows = asked(OF_NAME, folded=folded) if folded else []
    if all(row.key.startswith("glossary/") for row in rows) and (others := other_number(folded)):
        rows += asked(OF_NAMES, folded=others)
    kinds: dict[str, list[str]] = {}
    for row in rows:
        kinds.setdefault(row.key, []).append(row.kind)
    labels = {row.key: row.name for row in rows}
    found = [Match(Reference(id=key, name=labels[key]), _agreed(name, key, given)) for key, given in kinds.items()]
    return sorted(found, key=lambda match: (RANKS[match.kind], list(RANKS).index(match.kind), match.reference.id))


def _agreed(name: str, key: str, kinds: Sequence[str]) -> str:
    """Which of a record's names agreed: its slug only where that is what was written, or where nothing else did."""
    others = [kind for kind in kinds if kind != "id"]
    literal = "id" in kinds and name.strip() == key.split("/")[1]
    return "id" if literal or not others else min(others, key=list(RANKS).index)


def unambiguous(found: Sequence[Match]) -> Match | None:
    """The one record that candidates mean, if it is one. A glossary entry beside what it explains is no second."""
    named = [match for match in found if match.kind != "related"]
    things = [match for match in named if not match.reference.id.startswith("glossary/")] or named
    best = [match for match in things if RANKS[match.kind] == 0] or things
    return best[0] if len(best) == 1 else None


def close_names(
    reading: Reading, names: Sequence[str], resources: Sequence[str] = (), limit: int = 5
) -> dict[str, list[Reference]]:
    """For each misspelled name, the records with names most like it, best first; a thing before its glossary entry."""
    rows, folded = _spellings(reading)
    if resources:
        rows = [row for row in rows if row.resource in resources]
        folded = [row.folded for row in rows]
    near: dict[str, list[Reference]] = {}
    for name in names:
        best = process.extract(fold(name), folded, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=limit * 4)
        ranked = sorted((-score, rows[position].key.startswith("glossary/"), position) for _, score, position in best)
        found = {rows[position].key: rows[position].name for *_, position in ranked}
        near[name] = [Reference(id=key, name=label) for key, label in list(found.items())[:limit]]
    return near


def _spellings(reading: Reading) -> tuple[Sequence[Any], Sequence[str]]:
    """Every name that a misspelled one may have meant, and as it is compared; read once a release."""
    if "spellings" not in reading.kept:
        query = (
            select(db.names.c.folded, db.names.c.key, db.records.c.name, db.records.c.resource)
            .join(db.records, db.records.c.key == db.names.c.key)
            .where(db.names.c.kind != "xref", db.records.c.resource != "interactions")
            .order_by(db.names.c.key, db.names.c.folded)
            .limit(COMPARED)
        )
        rows = reading.connection.execute(query).all()
        reading.kept["spellings"] = rows, [row.folded for row in rows]
    spellings: tuple[Sequence[Any], Sequence[str]] = reading.kept["spellings"]
    return spellings


def require(reading: Reading, name: str, resources: Sequence[str], location: str) -> str:
    """The key of the record a request names. Raises 422 with candidates or suggestions where it is not just one."""
    found = candidates(reading, name, resources)
    if (match := unambiguous(found)) is not None:
        return match.reference.id
    if found:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "ambiguous-name",
            f"{location}: {name!r} may mean {len(found)} records; give the key of the one you mean.",
            suggestions=[match.reference for match in found],
        )
    wanted = " or ".join(resources) if len(resources) < 4 else "a record"
    raise ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "unknown-name",
        f"{location}: {name!r} names nothing among {wanted}.",
        suggestions=close_names(reading, [name], resources)[name],
    )


def require_all(reading: Reading, given: Iterable[str], resources: Sequence[str], location: str) -> list[str]:
    """`require` for each of several names."""
    return [require(reading, name, resources, location) for name in given]


def canonical(resource: Resource, slug: str, key: str, rest: str = "") -> dict[str, str]:
    """The header that names the path of a record asked for under another name."""
    return {} if key in (slug, f"{resource.name}/{slug}") else {"content-location": f"/v1/{key}{rest}"}


def find(reading: Reading, resource: Resource, slug: str) -> str:
    """The key of the record a path names, by slug, key, synonym or abbreviation. Raises 404 unless it is one."""
    prefix = f"{resource.name}/"
    name = slug[len(prefix) :] if slug.lower().startswith(prefix) else slug
    if not name or "" in name.split("/") or "\0" in name:
        raise _not_found(reading, resource, name)
    key = prefix + name
    if reading.connection.scalar(select(db.records.c.key).where(db.records.c.key == key)) is not None:
        return key
    found = candidates(reading, name, [resource.name])
    if (match := unambiguous(found)) is not None:
        return match.reference.id
    if found:
        raise ProblemError(
            HTTPStatus.NOT_FOUND,
            "ambiguous-name",
            f"{name!r} may mean {len(found)} {resource.name}; use the slug of the one you mean.",
            suggestions=[match.reference for match in found],
        )
    raise _not_found(reading, resource, name)


def _not_found(reading: Reading, resource: Resource, name: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "not-found",
        f"None of the {resource.name} is called {name!r}. GET /v1/{resource.name}?q=… searches them.",
        suggestions=close_names(reading, [name], [resource.name])[name],
    )
