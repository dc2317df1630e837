"""The glossary as linked data: schema.org terms in JSON-LD 1.1, and a SKOS concept scheme in Turtle (W3C 2009, 2014).

Addresses of this service are written without a host and resolve against the one that was asked, so that the bytes are
the same wherever they are served.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from app import db
from app.resource import JSON_LD, TURTLE
from app.resources.glossary import INDEX
from app.store import Reading
from app.text import fold, other_number
from app.vocabulary import SynonymType

Json = Any
SCHEME = f"/v1/{INDEX}"
NAME = "EndoAtlas glossary"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
CONTEXT = {
    "@vocab": "https://schema.org/",
    **{name: {"@type": "@id"} for name in ("inDefinedTermSet", "license", "sameAs", "subjectOf", "url")},
}
PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
BESIDE = {"hgnc", "ncbigene", "loinc"}
"""Prefixes that name a gene of the thing, or one of the tests of it, and so never the thing itself."""


@dataclass(frozen=True)
class Concept:
    """A glossary entry with what other databases call the same, or nearly."""

    entry: Json
    exact: list[Json]
    close: list[Json]

    @property
    def path(self) -> str:
        """Where it is, which also names it."""
        return f"/v1/{self.entry['id']}"

    @property
    def slug(self) -> str:
        """Its code within the glossary."""
        return str(self.entry["id"].split("/")[1])

    @property
    def others(self) -> list[str]:
        """Its other names, without those that are only near in meaning."""
        return [name for name in _names(self.entry) if name != self.entry["name"]]


def linked(reading: Reading, media_type: str, key: str | None = None) -> str:
    """The entry of a key, or the whole glossary in order of names, as `media_type`."""
    return WRITERS[media_type](list(_concepts(reading, key)), reading.release_id, key is None)


def _concepts(reading: Reading, key: str | None) -> Iterator[Concept]:
    entry, thing = db.records, db.records.alias()
    names_thing = and_(db.links.c.key == entry.c.key, db.links.c.field == "entity")
    query = (
        select(entry.c.document, thing.c.document.label("thing"))
        .outerjoin(db.links, names_thing)
        .outerjoin(thing, thing.c.key == db.links.c.target)
        .where(entry.c.resource == "glossary", *([entry.c.key == key] if key else []))
        .order_by(entry.c.sort_name, entry.c.key)
    )
    for row in reading.connection.execute(query):
        yield _concept(json.loads(row.document), json.loads(row.thing) if row.thing else None)


def _names(record: Json) -> list[str]:
    own = [synonym["name"] for synonym in record["synonyms"] if synonym["type"] != SynonymType.RELATED]
    return list(dict.fromkeys([record["name"], *own]))


def _concept(entry: Json, thing: Json | None) -> Concept:
    """An entry may be about a thing that is more or less than it: only equal names make equal meanings."""
    own = entry["xrefs"]
    if thing is None:
        return Concept(entry, own, [])
    name, other = fold(entry["name"]), fold(thing["name"])
    if name == other or name in other_number(other):
        exact = [xref for xref in thing["xrefs"] if _denotes(xref["curie"].split(":")[0], thing["id"])]
        return Concept(entry, [*own, *exact], [xref for xref in thing["xrefs"] if xref not in exact])
    shared = {fold(name) for name in _names(entry)} & {fold(name) for name in _names(thing)}
    return Concept(entry, own, thing["xrefs"] if shared else [])


def _denotes(prefix: str, key: str) -> bool:
    """Whether an identifier means the record itself; UniProt's is a hormone's precursor's, a protein's own."""
    return prefix not in BESIDE and (prefix != "uniprot" or key.startswith("proteins/"))


def _json_ld(concepts: list[Concept], release: str, whole: bool) -> str:
    terms = [_term(concept) for concept in concepts]
    term_set = {
        "@id": SCHEME,
        "@type": "DefinedTermSet",
        "name": NAME,
        "url": SCHEME,
        "inLanguage": "en",
        "license": LICENCE,
        "version": release,
        "hasDefinedTerm": terms,
    }
    document = {"@context": CONTEXT, **(term_set if whole else terms[0])}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _term(concept: Concept) -> Json:
    entity = concept.entry["entity"]
    written = {
        "@id": concept.path,
        "@type": "DefinedTerm",
        "name": concept.entry["term"],
        "alternateName": concept.others,
        "description": concept.entry["definition"],
        "termCode": concept.slug,
        "inDefinedTermSet": SCHEME,
        "url": concept.path,
        "subjectOf": entity and f"/v1/{entity['id']}",
        "sameAs": [xref["url"] for xref in concept.exact],
    }
    return {name: value for name, value in written.items() if value}


def _turtle(concepts: list[Concept], release: str, whole: bool) -> str:
    blocks = ["\n".join(f"@prefix {prefix}: <{address}> ." for prefix, address in PREFIXES.items())]
    if whole:
        scheme = {
            "a": ["skos:ConceptScheme"],
            "skos:prefLabel": [_literal(NAME)],
            "dcterms:license": [f"<{LICENCE}>"],
            "owl:versionInfo": [json.dumps(release)],
        }
        blocks.append(_block(SCHEME, scheme))
    blocks += [_block(concept.path, _skos(concept)) for concept in concepts]
    return "\n\n".join(blocks) + "\n"


def _skos(concept: Concept) -> Mapping[str, list[str]]:
    entity = concept.entry["entity"]
    return {
        "a": ["skos:Concept"],
        "skos:prefLabel": [_literal(concept.entry["term"])],
        "skos:altLabel": [_literal(name) for name in concept.others],
        "skos:definition": [_literal(concept.entry["definition"])],
        "skos:notation": [json.dumps(concept.slug)],
        "skos:inScheme": [f"<{SCHEME}>"],
        "skos:topConceptOf": [f"<{SCHEME}>"],
        "skos:related": [f"</v1/{reference['id']}>" for reference in concept.entry["see_also"]],
        "skos:exactMatch": [_identified(xref) for xref in concept.exact],
        "skos:closeMatch": [_identified(xref) for xref in concept.close],
        "rdfs:seeAlso": [f"</v1/{entity['id']}>"] if entity else [],
    }


def _block(subject: str, statements: Mapping[str, list[str]]) -> str:
    lines = [f"{predicate} {', '.join(objects)}" for predicate, objects in statements.items() if objects]
    return f"<{subject}> " + " ;\n    ".join(lines) + " ."


def _identified(xref: Json) -> str:
    return f"<https://identifiers.org/{xref['curie']}>"  # the thing, where the xref's own address is a page about it


def _literal(text: str) -> str:
    # JSON's escapes are among those of Turtle's quoted strings.
    return f"{json.dumps(text, ensure_ascii=False)}@en"


WRITERS: Mapping[str, Callable[[list[Concept], str, bool], str]] = {JSON_LD: _json_ld, TURTLE: _turtle}
"""What writes each form: given concepts, the release, and whether they are the whole glossary."""
