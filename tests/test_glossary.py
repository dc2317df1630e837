"""The glossary in one answer: as JSON from A to Z, as schema.org JSON-LD, and as SKOS in Turtle."""

from __future__ import annotations

import asyncio
import json
import shutil
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
import yaml
import zstandard
from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.main import create_app
from app.resources import RESOURCES
from app.seed.load import render
from app.seed.rules import check
from app.settings import Settings
from app.text import plain
from app.vocabulary import Category
from tests.asking import Sent, ask
from tests.conftest import client_of, fill
from tests.test_resources import everything

Json = Any
INDEX, ENTRY = "/v1/glossary/index", "/v1/glossary/hpg-axis"
JSON, JSON_LD, TURTLE = "application/json", "application/ld+json", "text/turtle"
HOST = "https://atlas.example"
SCHEMA = Namespace("https://schema.org/")
SCHEME = URIRef(HOST + INDEX)
LINKED = pytest.mark.parametrize("form", [JSON_LD, TURTLE])


def media_type(answer: Any) -> str:
    return str(answer.headers["content-type"].partition(";")[0])


def graph(client: TestClient, path: str, form: str) -> Graph:
    """What a path says in a form, read by a parser that has never seen the writer."""
    answer = client.get(path, headers={"accept": form})
    assert answer.status_code == 200
    assert media_type(answer) == form
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own, of a class that its JSON-LD parser uses
        return Graph().parse(data=answer.text, format=form, publicID=HOST + path)


@pytest.fixture(scope="module")
def entries(client: TestClient) -> list[Json]:
    return everything(client, "/v1/glossary", limit=200)


@pytest.fixture(scope="module")
def index(client: TestClient) -> Json:
    return client.get(INDEX).json()


@pytest.fixture(scope="module")
def skos(client: TestClient) -> Graph:
    return graph(client, INDEX, TURTLE)


@pytest.fixture(scope="module")
def schema_org(client: TestClient) -> Graph:
    return graph(client, INDEX, JSON_LD)


def test_every_entry_stands_once_under_its_letter(index: Json, entries: list[Json]) -> None:
    shown = [entry for letter in index["letters"] for entry in letter["entries"]]
    assert sorted(entry["id"] for entry in shown) == sorted(entry["id"] for entry in entries)
    whole = {entry["id"]: entry for entry in entries}
    for letter in index["letters"]:
        names = [(plain(entry["term"]), entry["id"]) for entry in letter["entries"]]
        assert names == sorted(names)
        for entry in letter["entries"]:
            assert whole[entry["id"]]["letter"] == letter["letter"]
            assert entry.pop("url") == f"/v1/{entry['id']}"
            assert entry.items() <= whole[entry["id"]].items()
            assert len(entry["definition"]) <= 200


def test_counts_add_up(client: TestClient, index: Json, entries: list[Json]) -> None:
    assert [letter["letter"] for letter in index["letters"]] == [*ascii_uppercase, "#"]
    assert all(letter["count"] == len(letter["entries"]) for letter in index["letters"])
    assert index["total"] == sum(letter["count"] for letter in index["letters"]) == len(entries)
    facets = client.get("/v1/glossary", params={"facets": "true", "limit": 1}).json()["facets"]
    assert {letter["letter"]: letter["count"] for letter in index["letters"] if letter["count"]} == facets["letter"]
    assert {category["value"]: category["count"] for category in index["categories"]} == facets["category"]
    labels = {category.value: category.label for category in Category if category in facets["category"]}
    assert {category["value"]: category["label"] for category in index["categories"]} == labels


ACCEPTED = [
    (None, JSON),
    ("", JSON),
    ("*/*", JSON),
    ("application/json", JSON),
    ("application/*", JSON),
    ("application/json, text/plain, */*", JSON),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", JSON),
    ("text/html", JSON),
    ("text/html, application/ld+json;q=0", JSON),
    ("text/turtle;q=0, */*", JSON),
    ("application/json, application/ld+json", JSON),
    ("text/turtle;q=0.5, application/json;q=0.9", JSON),
    ("text/turtle;q=2, application/ld+json;q=x, text/turtle;q=nan", JSON),
    ("text/turtles", JSON),
    (",;,q=1;", JSON),
    ('a/b;x=", text/turtle;q=1"', JSON),
    ("application/ld+json", JSON_LD),
    ("Application/LD+JSON ; Q=0.3", JSON_LD),
    ("application/ld+json, application/json", JSON_LD),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, a;q=0";q=0.9, */*;q=0.1', JSON_LD),
    ("application/json;q=0.2, application/*;q=0.8, text/turtle;q=0.4", JSON_LD),
    ("application/json;q=0, */*;q=0.1", JSON_LD),
    ("text/turtle", TURTLE),
    ("text/*", TURTLE),
    ("text/turtle;charset=utf-8, application/ld+json;q=0.9, */*;q=0.1", TURTLE),
    ("text/turtle, application/x-turtle;q=0.9, */*", TURTLE),
    ("application/rdf+xml, text/turtle;q=0.5, application/ld+json;q=0.500, */*;q=0.4", TURTLE),
    ("*/*;q=0.1, text/*;q=0.2", TURTLE),
]


@pytest.mark.parametrize(("accept", "form"), ACCEPTED)
def test_the_form_is_negotiated(client: TestClient, accept: str | None, form: str) -> None:
    for path in (INDEX, ENTRY, "/v1/glossary/Gonadal axis", "/v1/glossary/glossary%2Fhpg-axis"):
        request = client.build_request("GET", path)
        del request.headers["accept"]
        plain_json = client.send(request)
        if accept is not None:
            request.headers["accept"] = accept
        answer = client.send(request)
        assert answer.status_code == 200
        assert media_type(answer) == form
        assert (answer.content == plain_json.content) == (form == JSON)
        assert answer.headers["vary"] == "Accept-Encoding, Accept"
        assert answer.headers.get("content-location") == plain_json.headers.get("content-location")


def test_accept_may_come_in_several_lines(client: TestClient) -> None:
    lines = [("accept", "text/html"), ("accept", "text/turtle;q=0.2"), ("accept", "application/ld+json;q=0.3")]
    assert media_type(client.get(ENTRY, headers=lines)) == JSON_LD


def test_vary_tells_of_it_whatever_is_answered(client: TestClient) -> None:
    for path, status in ((f"{INDEX}?x=1", 422), ("/v1/glossary/nothing-at-all", 404), (ENTRY, 200)):
        for accept in (JSON, TURTLE):
            answer = client.get(path, headers={"accept": accept})
            assert answer.status_code == status
            assert answer.headers["vary"] == "Accept-Encoding, Accept"
            if status != 200:
                assert media_type(answer) == "application/problem+json"
    assert client.post(INDEX).headers["vary"] == "Accept-Encoding, Accept"
    for path in ("/v1/glossary", f"{ENTRY}/references", "/v1/hormones/lh", "/v1"):
        assert client.get(path, headers={"accept": TURTLE}).headers["vary"] == "Accept-Encoding"
        assert media_type(client.get(path, headers={"accept": TURTLE})) == JSON


@pytest.mark.parametrize("form", [JSON, JSON_LD, TURTLE])
@pytest.mark.parametrize("path", [INDEX, ENTRY])
def test_each_form_is_answered_as_everything_is(client: TestClient, path: str, form: str) -> None:
    plain = {"accept": form, "accept-encoding": "identity"}
    whole = client.get(path, headers=plain)
    assert whole.headers["cache-control"] == client.get("/v1").headers["cache-control"]
    assert whole.headers["knowledge-release"] == client.get("/v1/release").json()["id"]
    head = client.head(path, headers=plain)
    own = {"server-timing", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in whole.headers.items() if k not in own
    }
    assert head.content == b""
    unmodified = client.get(path, headers={**plain, "if-none-match": whole.headers["etag"]})
    assert unmodified.status_code == 304
    assert unmodified.headers["vary"] == whole.headers["vary"]
    for coding in ("gzip", "br", "zstd"):
        coded = client.get(path, headers={**plain, "accept-encoding": coding})
        packed = coding == "zstd" and "content-encoding" in coded.headers  # the client unpacks the others
        content = zstandard.decompress(coded.content) if packed else coded.content
        assert content == whole.content
        assert coded.headers.get("content-encoding") == (coding if len(whole.content) > 1024 else None)
    others = {JSON, JSON_LD, TURTLE} - {form}
    tags = {client.get(path, headers={**plain, "accept": other}).headers["etag"] for other in others}
    assert whole.headers["etag"] not in tags
    assert len(tags) == 2


@pytest.fixture(scope="module")
def run() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def app_with(database: str, cache_bytes: int) -> ASGIApp:
    return create_app(Settings(database_url=database, cache_bytes=cache_bytes))


def test_the_cache_shows_in_nothing_but_speed(sqlite_database: str, run: asyncio.Runner) -> None:
    cached, uncached = app_with(sqlite_database, 67_108_864), app_with(sqlite_database, 0)

    def asked(app: ASGIApp, path: str, *headers: tuple[bytes, bytes], method: str = "GET") -> Sent:
        return run.run(ask(app, path, method=method, headers=headers))

    for path in (INDEX, ENTRY, "/v1/glossary/HPG axis", f"{ENTRY}/references", "/v1/glossary/nothing"):
        for coding in (b"identity", b"br"):
            for accept, _ in ACCEPTED:
                headers = [(b"accept-encoding", coding), *([(b"accept", accept.encode())] if accept else [])]
                without = asked(uncached, path, *headers)
                assert without.computed
                for _ in range(2):
                    assert asked(cached, path, *headers).lasting == without.lasting
                assert asked(cached, path, *headers, method="HEAD").lasting == (*without.lasting[:2], b"")


def test_the_whole_glossary_stays_hot_however_it_is_asked_for(sqlite_database: str, run: asyncio.Runner) -> None:
    app = app_with(sqlite_database, 67_108_864)
    for form in (JSON, JSON_LD, TURTLE):
        for coding in (b"identity", b"br", b"gzip", b"zstd"):
            first = run.run(ask(app, INDEX, headers=[(b"accept", form.encode()), (b"accept-encoding", coding)]))
            assert first.computed
            assert len(first.body) < 4_194_304, "a cache of default size would not keep it"
    for accept, _ in ACCEPTED:
        for coding in (b"identity", b"br", b"gzip", b"zstd"):
            headers = [(b"accept-encoding", coding), *([(b"accept", accept.encode())] if accept else [])]
            assert not run.run(ask(app, INDEX, headers=headers)).computed, "one form is kept once"
    assert not run.run(ask(app, ENTRY, headers=[(b"accept", b"*/*")])).computed, "records are hot from the start"


@LINKED
def test_bytes_depend_on_no_host(client: TestClient, form: str) -> None:
    for path in (INDEX, ENTRY):
        given = [client.get(path, headers={"accept": form, "host": host}).content for host in ("a.test", "b.test:81")]
        assert given[0] == given[1]
        assert b".test" not in given[0]


@LINKED
def test_the_whole_says_of_an_entry_what_the_entry_says(
    client: TestClient, entries: list[Json], form: str, request: pytest.FixtureRequest
) -> None:
    whole = request.getfixturevalue("skos" if form == TURTLE else "schema_org")
    for entry in entries[::9]:
        own = graph(client, f"/v1/{entry['id']}", form)
        assert set(own) == set(whole.triples((URIRef(f"{HOST}/v1/{entry['id']}"), None, None)))


def test_skos_holds_every_entry(skos: Graph, entries: list[Json]) -> None:
    assert set(skos.subjects(RDF.type, SKOS.ConceptScheme)) == {SCHEME}
    assert len(set(skos.subjects(RDF.type, SKOS.Concept))) == len(entries)
    for entry in entries:
        concept = URIRef(f"{HOST}/v1/{entry['id']}")
        assert set(skos.objects(concept, SKOS.prefLabel)) == {Literal(entry["term"], lang="en")}
        others = {synonym["name"] for synonym in entry["synonyms"] if synonym["type"] != "related"}
        assert {str(label) for label in skos.objects(concept, SKOS.altLabel)} == others - {entry["term"]}
        assert set(skos.objects(concept, SKOS.definition)) == {Literal(entry["definition"], lang="en")}
        assert set(skos.objects(concept, SKOS.notation)) == {Literal(entry["id"].split("/")[1])}
        assert set(skos.objects(concept, SKOS.inScheme)) == {SCHEME} == set(skos.objects(concept, SKOS.topConceptOf))
        related = {URIRef(f"{HOST}/v1/{other['id']}") for other in entry["see_also"]}
        assert set(skos.objects(concept, SKOS.related)) == related
        about = {URIRef(f"{HOST}/v1/{entry['entity']['id']}")} if entry["entity"] else set()
        assert set(skos.objects(concept, RDFS.seeAlso)) == about


def test_skos_keeps_its_integrity_conditions(skos: Graph) -> None:
    """S13, S14 and S46 of the SKOS reference (W3C 2009), and that an exact match, being transitive, joins no two."""
    for concept in skos.subjects(RDF.type, SKOS.Concept):
        labels = [*skos.objects(concept, SKOS.prefLabel), *skos.objects(concept, SKOS.altLabel)]
        assert len(set(labels)) == len(labels)
        assert not set(skos.objects(concept, SKOS.exactMatch)) & set(skos.objects(concept, SKOS.closeMatch))
        assert (concept, SKOS.related, concept) not in skos
    assert set(Counter(skos.objects(None, SKOS.exactMatch)).values()) == {1}
    assert {type(target) for target in skos.objects(None, SKOS.related)} == {URIRef}
    assert set(skos.objects(None, SKOS.related)) <= set(skos.subjects(RDF.type, SKOS.Concept))


def test_schema_org_holds_every_entry(schema_org: Graph, entries: list[Json]) -> None:
    assert set(schema_org.subjects(RDF.type, SCHEMA.DefinedTermSet)) == {SCHEME}
    terms = {URIRef(f"{HOST}/v1/{entry['id']}") for entry in entries}
    assert set(schema_org.subjects(RDF.type, SCHEMA.DefinedTerm)) == terms
    assert set(schema_org.objects(SCHEME, SCHEMA.hasDefinedTerm)) == terms
    for entry in entries:
        term = URIRef(f"{HOST}/v1/{entry['id']}")
        said = {
            SCHEMA.name: {Literal(entry["term"])},
            SCHEMA.description: {Literal(entry["definition"])},
            SCHEMA.termCode: {Literal(entry["id"].split("/")[1])},
            SCHEMA.inDefinedTermSet: {SCHEME},
            SCHEMA.url: {term},
        }
        for predicate, objects in said.items():
            assert set(schema_org.objects(term, predicate)) == objects
        others = {synonym["name"] for synonym in entry["synonyms"] if synonym["type"] != "related"}
        assert {str(name) for name in schema_org.objects(term, SCHEMA.alternateName)} == others - {entry["term"]}


def matches(skos: Graph, slug: str, predicate: URIRef) -> set[str]:
    concept = URIRef(f"{HOST}/v1/glossary/{slug}")
    return {str(match).removeprefix("https://identifiers.org/") for match in skos.objects(concept, predicate)}


def test_only_what_means_the_same_is_an_exact_match(client: TestClient, skos: Graph, schema_org: Graph) -> None:
    cortisol = client.get("/v1/hormones/cortisol").json()["xrefs"]
    assert {"CHEBI:17650", "mesh:D006854"} <= {xref["curie"] for xref in cortisol}
    assert matches(skos, "cortisol", SKOS.exactMatch) == {xref["curie"] for xref in cortisol}
    same = schema_org.objects(URIRef(f"{HOST}/v1/glossary/cortisol"), SCHEMA.sameAs)
    assert set(same) == {URIRef(xref["url"]) for xref in cortisol}
    assert matches(skos, "leydig-cell", SKOS.exactMatch) == {"mesh:D007985"}, "the record is called Leydig cells"
    # A hormone is neither its gene nor its precursor; a protein is what UniProt describes.
    assert matches(skos, "kisspeptin", SKOS.exactMatch) == {"mesh:D059648"}
    assert matches(skos, "kisspeptin", SKOS.closeMatch) == {"hgnc:6341", "uniprot:Q15726"}
    assert "uniprot:P10275" in matches(skos, "androgen-receptor", SKOS.exactMatch)
    assert matches(skos, "androgen-receptor", SKOS.closeMatch) == {"hgnc:644"}
    # A name shared with a record of another name is near at most; without one, nothing is said.
    assert matches(skos, "ghrelin-receptor", SKOS.closeMatch) == {"hgnc:4267", "uniprot:Q92847"}
    for slug in ("ghrelin-receptor", "endothelial-function", "hpg-axis"):
        assert matches(skos, slug, SKOS.exactMatch) == set()
    assert matches(skos, "endothelial-function", SKOS.closeMatch) == set()


@pytest.mark.parametrize("path", [INDEX, "/v1/glossary/luteinizing-hormone"])
def test_any_text_can_be_written(seeds: Path, sqlite_store: str, path: str) -> None:
    file = seeds / "glossary/luteinizing-hormone.yaml"
    entry = yaml.safe_load(file.read_text())
    odd = "Back\\slash, \"quotes\"@en, 'single', <a> {b} ^^c \t\n\r\x7f\u2028 \\u0041 </script> éα💉 ."
    entry["summary"], entry["synonyms"] = odd, [{"name": odd[:60], "type": "exact"}]
    file.write_text(yaml.safe_dump(entry, sort_keys=False))
    reading, _ = check(seeds, RESOURCES)
    fill(sqlite_store, render(reading.records))
    with client_of(sqlite_store) as client:
        concept = URIRef(f"{HOST}/v1/glossary/luteinizing-hormone")
        skos, schema_org = graph(client, path, TURTLE), graph(client, path, JSON_LD)
        assert str(skos.value(concept, SKOS.definition)) == odd == str(schema_org.value(concept, SCHEMA.description))
        assert str(skos.value(concept, SKOS.altLabel)) == odd[:60]


@pytest.fixture
def sqlite_store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


def test_no_entry_can_take_the_path_of_the_index(client: TestClient, seeds: Path) -> None:
    assert client.get("/v1/glossary/index").json().keys() == {"letters", "categories", "total", "release"}
    assert client.get("/v1/glossary/index/references").status_code == 404
    shutil.move(seeds / "glossary/luteinizing-hormone.yaml", seeds / "glossary/index.yaml")
    assert [problem.rule for problem in check(seeds, RESOURCES)[1]] == ["taken_path"]


def test_the_exports_hold_what_the_index_says(client: TestClient) -> None:
    for suffix, form in (("jsonld", JSON_LD), ("ttl", TURTLE)):
        exported = client.get(f"/v1/exports/glossary.{suffix}")
        assert media_type(exported) == form
        assert exported.headers["content-disposition"] == f'attachment; filename="glossary.{suffix}"'
        assert exported.content == client.get(INDEX, headers={"accept": form}).content
        assert client.get(f"/v1/exports/hormones.{suffix}").status_code == 404
    lines = client.get("/v1/exports/glossary.jsonl").text.splitlines()
    assert len(lines) == client.get(INDEX).json()["total"]
    assert all(json.loads(line)["definition"] for line in lines)
