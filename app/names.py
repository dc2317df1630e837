"""From what people call things to records: keys, CURIEs, names, synonyms and abbreviations, and close spellings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from rapidfuzz import fuzz, process
from sqlalchemy import func, select

from app import db
from app.errors import ProblemError
from app.resource import Reference
from app.store import Reading
from app.text import fold

RANKS = ("id", "name", "synonym", "abbreviation", "xref")
MATCHED_ON = {"id": "id", "name": "name", "synonym": "synonym", "abbreviation": "abbreviation", "xref": "xref"}
CLOSE = 70
"""Least similarity, of 100, of a suggestion: Levenshtein-based ratio over folded names."""
COMPARED = 50_000
"""At most so many names are compared with a misspelled one."""


@dataclass(frozen=True)
class Match:
    """A record that a name may mean, and on which of its names they agree."""

    reference: Reference
    kind: str


def candidates(reading: Reading, name: str, resources: Sequence[str] = ()) -> list[Match]:
    """Every record that has the name, best first: whole key, then slug and name, synonym, abbreviation, identifier."""
    query = select(db.names.c.key, db.records.c.name, db.names.c.kind).join(
        db.records, db.records.c.key == db.names.c.key
    )
    if resources:
        query = query.where(db.records.c.resource.in_(resources))
    if "/" in name:
        exact = query.where(db.names.c.key == name.strip(), db.names.c.kind == "id")
        if (row := reading.connection.execute(exact).one_or_none()) is not None:
            return [Match(Reference(id=row.key, name=row.name), "id")]
    found: dict[str, Match] = {}
    rows = reading.connection.execute(query.where(db.names.c.folded == fold(name))).all() if fold(name) else []
    for row in sorted(rows, key=lambda row: (RANKS.index(row.kind), row.key)):
        found.setdefault(row.key, Match(Reference(id=row.key, name=row.name), row.kind))
    return list(found.values())


def close_names(reading: Reading, name: str, resources: Sequence[str] = (), limit: int = 5) -> list[Reference]:
    """Records with the names most like a misspelled one, best first; a thing before the glossary entry about it."""
    folded = fold(name)
    if not folded:
        return []
    query = (
        select(db.names.c.folded, db.names.c.key, db.records.c.name)
        .join(db.records, db.records.c.key == db.names.c.key)
        .where(db.names.c.kind != "xref", db.records.c.resource != "interactions")
        .where(func.length(db.names.c.folded).between(len(folded) // 2, len(folded) * 2))
        .limit(COMPARED)
    )
    if resources:
        query = query.where(db.records.c.resource.in_(resources))
    rows = reading.connection.execute(query).all()
    best = process.extract(folded, [row.folded for row in rows], scorer=fuzz.ratio, score_cutoff=CLOSE, limit=limit * 4)
    ranked = sorted((-score, rows[position].key.startswith("glossary/"), position) for _, score, position in best)
    found = {rows[position].key: rows[position].name for *_, position in ranked}
    return [Reference(id=key, name=label) for key, label in list(found.items())[:limit]]


def require(reading: Reading, name: str, resources: Sequence[str], location: str) -> str:
    """The key of the record a request names. Raises 422 with candidates or suggestions where it is not just one."""
    found = candidates(reading, name, resources)
    if len(found) == 1 or (found and found[0].kind in ("id", "name") and _outranks(found)):
        return found[0].reference.id
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
        suggestions=close_names(reading, name, resources),
    )


def _outranks(found: Sequence[Match]) -> bool:
    """Whether the first match has its kind for itself: a record's own name goes before another's abbreviation."""
    own = ("id", "name")
    return len(found) == 1 or found[1].kind not in own


def require_all(reading: Reading, given: Iterable[str], resources: Sequence[str], location: str) -> list[str]:
    """`require` for each of several names."""
    return [require(reading, name, resources, location) for name in given]
