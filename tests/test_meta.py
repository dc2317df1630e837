"""The index, vocabularies, compact records, names, conflicts, releases, exports and health."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

from starlette.testclient import TestClient

from app.resources import RESOURCES
from app.vocabulary import vocabularies as all_vocabularies
from tests.conftest import client_of, endoatlas
from tests.test_resources import everything


def test_the_index_leads_everywhere(client: TestClient) -> None:
    index = client.get("/v1").json()
    assert [entry["name"] for entry in index["resources"]] == [resource.name for resource in RESOURCES]
    for entry in index["resources"]:
        assert client.get(entry["url"], params={"limit": 1}).status_code == 200
    known = {"name": "LH", "q": "LH", "entity": "LH", "source": "anastrozole", "target": "LH"}
    for path in index["links"].values():
        address, _, template = path.replace(".{form}", ".svg").partition("{?")
        if "{" in address:
            continue
        asked = {name: value for name, value in known.items() if name in template.strip("}").split(",")}
        answer = client.get(address, params=asked)
        assert answer.status_code == 200 or answer.headers["allow"] == "POST", path


def test_vocabularies_explain_every_value_that_is_served(client: TestClient) -> None:
    vocabularies = {entry["name"]: entry for entry in client.get("/v1/vocabularies").json()["items"]}
    assert vocabularies.keys() == {vocabulary.__name__ for vocabulary in all_vocabularies()}
    for vocabulary in vocabularies.values():
        assert vocabulary["meaning"]
        for term in vocabulary["terms"]:
            assert term["value"]
            assert term["label"]
            assert term["meaning"]
    predicates = {term["value"]: term for term in vocabularies["Predicate"]["terms"]}
    assert predicates["antagonist_of"]["effects"] == ["decrease"]
    assert predicates["antagonist_of"]["gtopdb"] == "Antagonist"
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for name, vocabulary in vocabularies.items():
        if name in schemas:
            assert schemas[name]["x-extensible-enum"] == [term["value"] for term in vocabulary["terms"]]


def test_compact_records_by_id_keep_the_order_and_name_what_is_missing(client: TestClient) -> None:
    ids = "proteins/lhcgr,hormones/none,hormones/lh,proteins/lhcgr"
    answer = client.get("/v1/records", params={"ids": ids}).json()
    assert [item["id"] for item in answer["items"]] == ["proteins/lhcgr", "hormones/lh"]
    assert answer["missing"] == ["hormones/none"]
    assert answer["items"][1].keys() == {"id", "name", "resource", "summary"}
    assert client.get("/v1/records", params={"ids": ",".join(f"a/{n}" for n in range(201))}).status_code == 422


def test_compact_records_by_any_name(client: TestClient) -> None:
    answer = client.get("/v1/records", params={"ids": "CHEBI:17347,LH,Nothing At All"}).json()
    assert [item["id"] for item in answer["items"]] == ["hormones/testosterone", "hormones/lh"]
    assert answer["missing"] == ["Nothing At All"]
    assert client.get("/v1/records", params={"ids": "hormones/lh", "limit": 1}).status_code == 422


def test_compact_records_by_resource(client: TestClient) -> None:
    items = everything(client, "/v1/records", resource=["hormones", "axes"], limit=50)
    both = [client.get(f"/v1/{name}", params={"limit": 1}).json()["total"] for name in ("hormones", "axes")]
    assert len(items) == sum(both)
    assert {item["resource"] for item in items} == {"hormones", "axes"}
    found = everything(client, "/v1/records", resource=["hormones"], q="testosterone")
    assert 0 < len(found) < both[0]
    for item in found:
        record = client.get(f"/v1/{item['id']}").json()
        searched = [record["name"], record["summary"], *(synonym["name"] for synonym in record["synonyms"])]
        assert any("testosterone" in text.lower() for text in searched), item


def test_names_resolve_by_key_curie_name_synonym_and_abbreviation(client: TestClient) -> None:
    names = [
        "hormones/lh",
        "lutropin",
        "Luteinizing Hormone",
        "CHEBI:17347",
        "hgnc:6585",
        "nonsense-name",
        "testostrone",
    ]
    items = client.post("/v1/resolve", json={"names": names}).json()["items"]
    assert [item["query"] for item in items] == names
    matches = [item["match"] and item["match"]["id"] for item in items]
    assert matches == [
        "hormones/lh", "hormones/lh", "hormones/lh", "hormones/testosterone", "proteins/lhcgr", None, None,
    ]  # fmt: skip
    assert [item["matched_on"] for item in items[:5]] == ["id", "synonym", "name", "xref", "xref"]
    assert items[6]["candidates"][0] == {
        "id": "hormones/testosterone", "name": "Testosterone", "matched_on": "fuzzy",
    }  # fmt: skip
    single = client.get("/v1/resolve", params=[("name", name) for name in names]).json()["items"]
    assert single == items


def test_a_name_in_the_other_number_resolves(client: TestClient) -> None:
    def found(name: str) -> list[tuple[str, str]]:
        item = client.get("/v1/resolve", params={"name": name}).json()["items"][0]
        return [(candidate["id"], candidate["matched_on"]) for candidate in item["candidates"]]

    assert found("ovaries") == found("Ovary")
    assert {key for key, _ in found("Leydig cell")} == {"glossary/leydig-cell", "tissues/leydig-cells"}
    assert found("Growth hormones") == found("Growth hormone")
    assert ("hormones/dhea-s", "abbreviation") in found("DHEAS"), "no plural of DHEA"
    assert all(kind == "fuzzy" for _, kind in found("CHEBI:173477")), "identifiers have no plural"


def test_an_ambiguous_name_gives_every_candidate(client: TestClient) -> None:
    records = everything(client, "/v1/records", limit=200)
    hormones = {item["name"] for item in records if item["resource"] == "hormones"}
    shared = next(item["name"] for item in records if item["resource"] == "glossary" and item["name"] in hormones)
    item = client.get("/v1/resolve", params={"name": shared}).json()["items"][0]
    assert {candidate["id"].split("/")[0] for candidate in item["candidates"]} >= {"hormones", "glossary"}
    only = client.get("/v1/resolve", params={"name": shared, "resource": "glossary"}).json()["items"][0]
    assert only["match"]["id"].startswith("glossary/")


def test_a_thousand_names_at_most(client: TestClient) -> None:
    assert client.post("/v1/resolve", json={"names": ["LH"] * 1000}).status_code == 200
    assert client.post("/v1/resolve", json={"names": ["LH"] * 1001}).status_code == 422
    assert client.post("/v1/resolve", json={"names": []}).status_code == 422
    odd = ["", " ", "\x00", "\u202eLH", "a" * 200, "%", "_", "'; DROP TABLE records"]
    answer = client.post("/v1/resolve", json={"names": odd})
    assert answer.status_code == 200
    assert [item["query"] for item in answer.json()["items"]] == odd


def test_conflicts_show_both_sides_of_all_that_is_disputed(client: TestClient) -> None:
    conflicts = everything(client, "/v1/conflicts", limit=10)
    assert all(conflict["supports"] and conflict["refutes"] for conflict in conflicts)
    shown = {conflict["record"]["id"] for conflict in conflicts}
    disputed = everything(client, "/v1/interactions", status=["contested", "refuted"], limit=200)
    assert disputed
    assert {interaction["id"] for interaction in disputed} <= shown
    noted = [conflict for conflict in conflicts if conflict["field"] != "status"]
    assert noted
    for conflict in noted:
        record = client.get(f"/v1/{conflict['record']['id']}").json()
        assert (conflict["field"], conflict["claim"]) in {(note["field"], note["claim"]) for note in record["notes"]}


def test_releases(client: TestClient) -> None:
    release = client.get("/v1/release").json()
    assert client.get("/v1/releases").json()["items"][0] == release
    assert release["records"] == client.get("/v1/records", params={"limit": 1}).json()["total"]
    assert client.get("/v1/changes", params={"since": release["id"]}).json()["items"] == []
    first = everything(client, "/v1/changes", limit=200)
    assert len(first) == release["added"]


def test_exports_hold_every_record(client: TestClient) -> None:
    exports = client.get("/v1/exports").json()["items"]
    assert len(exports) == sum(2 + len(resource.forms) for resource in RESOURCES)
    for export in exports:
        answer = client.get(export["url"])
        assert answer.headers["content-type"] == export["media_type"]
        if export["format"] == "jsonl":
            keys = [json.loads(line)["id"] for line in answer.text.splitlines()]
        elif export["format"] == "jsonld":
            keys = sorted(term["@id"].removeprefix("/v1/") for term in answer.json()["hasDefinedTerm"])
        elif export["format"] == "ttl":
            keys = sorted(re.findall(r"^</v1/(\S+)> a skos:Concept ;$", answer.text, flags=re.MULTILINE))
        else:
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            keys = [row["id"] for row in rows]
            assert not any(value is None for row in rows for value in row.values())
        assert len(keys) == export["records"]
        assert keys == sorted(keys)
        if export["format"] == "jsonl":
            assert json.loads(answer.text.splitlines()[0]) == client.get(f"/v1/{keys[0]}").json()


def test_the_export_command_writes_what_the_service_serves(sqlite_database: str, tmp_path: Path) -> None:
    answer = endoatlas("export", str(tmp_path / "out"), database_url=sqlite_database)
    assert answer.returncode == 0, answer.stderr
    with client_of(sqlite_database) as client:
        for file in ("hormones.jsonl", "glossary.csv", "glossary.jsonld", "glossary.ttl"):
            assert (tmp_path / "out" / file).read_bytes() == client.get(f"/v1/exports/{file}").content


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ok", "release": client.get("/v1/release").json()["id"]}
    assert client.get("/readyz").headers["cache-control"] == "no-store"


def test_the_index_names_every_path(client: TestClient) -> None:
    index = client.get("/v1").json()
    named = {link.split("{?")[0] for link in index["links"].values()} | {entry["url"] for entry in index["resources"]}
    paths = client.get("/openapi.json").json()["paths"]
    resources = {entry["name"] for entry in index["resources"]}
    for path in paths:
        general = path.replace(f"/v1/{path.split('/')[2]}/", "/v1/{resource}/") if path.count("/") > 2 else path
        own = path.split("/")[2] in resources if path.count("/") > 2 else False
        record = own and general in {"/v1/{resource}/{slug}", "/v1/{resource}/{slug}/references"}
        assert path in named or record or path in {"/v1", "/v1/exports/{file}"}, path
