"""Every resource keeps the same contract: lists, filters, pages, records, names, references."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from starlette.testclient import TestClient

from app.resource import Filter, Resource
from app.resources import RESOURCES
from app.text import plain

Json = Any
each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)


def everything(client: TestClient, path: str, **parameters: Any) -> list[Json]:
    """All items of a list, page by page through its `Link` headers."""
    items: list[Json] = []
    answer = client.get(path, params=parameters)
    while True:
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            assert "next" not in answer.links
            assert answer.json()["total"] == len(items)
            return items
        answer = client.get(answer.links["next"]["url"])


@each_resource
def test_a_list_pages_through_every_record_once_in_order_of_names(client: TestClient, resource: Resource) -> None:
    items = everything(client, f"/v1/{resource.name}", limit=7)
    keys = [(plain(item["name"]), item["id"]) for item in items]
    assert keys
    assert keys == sorted(set(keys))
    backwards = [item["id"] for item in everything(client, f"/v1/{resource.name}", limit=9, sort="-name")]
    assert sorted(backwards) == sorted(key for _, key in keys)
    names = [plain(item["name"]) for item in everything(client, f"/v1/{resource.name}", limit=9, sort="-name")]
    assert names == sorted(names, reverse=True)


@each_resource
def test_a_list_holds_whole_records(client: TestClient, resource: Resource) -> None:
    for item in client.get(f"/v1/{resource.name}", params={"limit": 3}).json()["items"]:
        assert item == client.get(f"/v1/{item['id']}").json()
        assert item.keys() == resource.model.model_fields.keys()


@each_resource
def test_numeric_sorts_order_by_the_field(client: TestClient, resource: Resource) -> None:
    for sort in resource.sorts:
        values = [item[sort] or 0 for item in everything(client, f"/v1/{resource.name}", sort=sort, limit=10)]
        assert values == sorted(values)
        values = [item[sort] or 0 for item in everything(client, f"/v1/{resource.name}", sort=f"-{sort}", limit=10)]
        assert values == sorted(values, reverse=True)


def values_at(data: Json, path: str) -> set[Json]:
    """What a filter's path leads to in a served record."""
    if path == "subject|object":
        return {data["subject"]["id"], data["object"]["id"]}
    if isinstance(data, list):
        return set().union(*(values_at(item, path) for item in data))
    if not path:
        return set() if data is None else {data["id"] if isinstance(data, dict) else data}
    head, _, rest = path.partition(".")
    return set() if data is None else values_at(data[head], rest)


FILTERS = [(resource, entry) for resource in RESOURCES for entry in resource.filters]


@pytest.mark.parametrize(("resource", "entry"), FILTERS, ids=[f"{r.name}-{e.name}" for r, e in FILTERS])
def test_a_filter_finds_what_holds_one_of_its_values(client: TestClient, resource: Resource, entry: Filter) -> None:
    path = f"/v1/{resource.name}"
    records = everything(client, path, limit=200)
    held = {record["id"]: values_at(record, entry.path) for record in records}
    values = sorted(set().union(*held.values()), key=str)
    if resource.name == "interactions" and entry.name == "severity" and not values:
        pytest.skip("no interaction has a severity yet")
    assert values, "no record has a value to filter by"
    facets = client.get(path, params={"facets": "true", "limit": 1}).json()["facets"][entry.name]
    assert facets == {str(value): sum(value in own for own in held.values()) for value in values}
    for chosen in ([values[0]], values[-2:]):
        found = {record["id"] for record in everything(client, path, limit=200, **{entry.name: chosen})}
        assert found == {key for key, own in held.items() if own & set(chosen)}


@each_resource
def test_q_finds_words_in_name_synonyms_and_summary(client: TestClient, resource: Resource) -> None:
    record = client.get(f"/v1/{resource.name}", params={"limit": 1}).json()["items"][0]
    words = " ".join(word.strip(".,()") for word in record["summary"].split()[:3]) + " " + record["name"].upper()
    found = {item["id"] for item in everything(client, f"/v1/{resource.name}", q=words)}
    assert record["id"] in found
    nothing = client.get(f"/v1/{resource.name}", params={"q": "zzz qqq"})
    assert nothing.status_code == 200
    assert (nothing.json()["items"], nothing.json()["total"]) == ([], 0)


@each_resource
def test_the_whole_key_stands_for_the_slug(client: TestClient, resource: Resource) -> None:
    record = client.get(f"/v1/{resource.name}", params={"limit": 1}).json()["items"][0]
    answer = client.get(f"/v1/{resource.name}/{quote(record['id'], safe='')}")
    assert answer.json() == record
    assert "content-location" not in answer.headers
    references = client.get(f"/v1/{resource.name}/{quote(record['id'], safe='')}/references")
    assert references.json() == client.get(f"/v1/{record['id']}/references").json()


@each_resource
def test_any_other_name_answers_with_the_record_and_its_place(client: TestClient, resource: Resource) -> None:
    tried = 0
    records = list(everything(client, f"/v1/{resource.name}", limit=200))
    for record in records[:: len(records) // 400 + 1]:  # interactions are many and named alike
        others = [synonym["name"] for synonym in record["synonyms"] if synonym["type"] != "related"]
        for name in [record["name"], *others][:2]:
            answer = client.get(f"/v1/{resource.name}/{quote(name, safe='')}")
            if answer.status_code == 404:
                assert answer.json()["type"] == "/problems/ambiguous-name"
                assert record["id"] in [suggestion["id"] for suggestion in answer.json()["suggestions"]]
                continue
            assert answer.json()["id"] == record["id"], name
            canonical = f"/v1/{record['id']}"
            assert answer.headers.get("content-location", canonical) == canonical
            tried += 1
    assert tried


@each_resource
def test_an_unknown_id_is_404_with_suggestions(client: TestClient, resource: Resource) -> None:
    record = client.get(f"/v1/{resource.name}", params={"limit": 1}).json()["items"][0]
    slug = record["id"].split("/")[1]
    answer = client.get(f"/v1/{resource.name}/{slug}x")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    if resource.name != "interactions":
        assert record["id"] in [suggestion["id"] for suggestion in answer.json()["suggestions"]]


@each_resource
def test_references_are_what_other_records_hold(client: TestClient, resource: Resource) -> None:
    records = everything(client, f"/v1/{resource.name}", limit=200)
    referred = 0
    for record in records[:5]:
        for item in everything(client, f"/v1/{record['id']}/references", limit=20):
            holder = client.get(f"/v1/{item['id']}").json()
            assert record["id"] in values_at(holder, item["field"])
            assert (item["name"], item["resource"]) == (holder["name"], item["id"].split("/")[0])
            referred += 1
    if resource.name not in {"interactions", "axes", "protocols", "glossary", "processes", "conditions", "biomarkers"}:
        assert referred


@each_resource
def test_a_cursor_fits_only_the_list_it_came_with(client: TestClient, resource: Resource) -> None:
    path = f"/v1/{resource.name}"
    cursor = client.get(path, params={"limit": 1}).json()["next_cursor"]
    assert cursor
    other = "/v1/records" if resource is RESOURCES[0] else f"/v1/{RESOURCES[0].name}"
    assert client.get(other, params={"cursor": cursor}).status_code == 400
    for parameters in ({"sort": "-name"}, {"q": "a"}):
        answer = client.get(path, params={"cursor": cursor, **parameters})
        assert answer.status_code == 400
        assert answer.json()["type"] == "/problems/bad-cursor"
        assert "differ" in answer.json()["detail"]
    for broken in ("x", "e30", "W10", cursor[:-4], "\x00", "é", "9" * 2000):
        assert client.get(path, params={"cursor": broken}).status_code == 400, broken


@each_resource
def test_unknown_and_repeated_parameters_are_refused_by_name(client: TestClient, resource: Resource) -> None:
    path = f"/v1/{resource.name}"
    answer = client.get(f"{path}?limti=3&q=a&q=b")
    assert answer.status_code == 422
    assert {error["location"] for error in answer.json()["errors"]} == {"query.limti", "query.q"}
    assert "'limit'" in answer.text
    for query in ("limit=0", "limit=201", "limit=x", "sort=shoe", "facets=perhaps"):
        wrong = client.get(f"{path}?{query}")
        assert wrong.status_code == 422, query
        assert wrong.json()["errors"][0]["location"] == f"query.{query.split('=')[0]}"


def test_a_filter_takes_a_key_a_curie_or_any_name(client: TestClient) -> None:
    by_key = client.get("/v1/interactions", params={"subject": "hormones/testosterone"}).json()
    assert by_key["total"] > 3
    for name in ("Testosterone", "TESTOSTERONE", "CHEBI:17347"):
        assert client.get("/v1/interactions", params={"subject": name}).json() | {"next_cursor": None} == by_key | {
            "next_cursor": None
        }
    unknown = client.get("/v1/interactions", params={"subject": "testostrone"})
    assert unknown.status_code == 422
    assert unknown.json()["type"] == "/problems/unknown-name"
    assert "hormones/testosterone" in [suggestion["id"] for suggestion in unknown.json()["suggestions"]]


def test_values_outside_a_vocabulary_are_refused(client: TestClient) -> None:
    answer = client.get("/v1/hormones", params={"hormone_class": "steriod"})
    assert answer.status_code == 422
    assert "steroid" in answer.text


def test_derived_references_say_where_they_come_from(client: TestClient) -> None:
    lh = client.get("/v1/hormones/lh").json()
    assert {"proteins/lhcgr"} == {receptor["id"] for receptor in lh["receptors"]}
    via = client.get(f"/v1/{lh['receptors'][0]['via']}").json()
    assert (via["subject"]["id"], via["predicate"], via["object"]["id"]) == (
        "hormones/lh", "agonist_of", "proteins/lhcgr",
    )  # fmt: skip
    assert "tissues/gonadotrophs" in {tissue["id"] for tissue in lh["secreted_by"]}
    assert "axes/male-gonadal-axis" in {axis["id"] for axis in lh["axes"]}
    assert "biomarkers/serum-lh" in {biomarker["id"] for biomarker in lh["biomarkers"]}
    testosterone = client.get("/v1/hormones/testosterone").json()
    assert "hormones/estradiol" in {metabolite["id"] for metabolite in testosterone["metabolites"]}


def test_links_to_the_next_page_keep_the_parameters(client: TestClient) -> None:
    answer = client.get("/v1/hormones?limit=2&hormone_class=steroid&hormone_class=peptide")
    query = urlsplit(answer.links["next"]["url"]).query
    assert "hormone_class=steroid&hormone_class=peptide" in query
    assert query.count("cursor=") == 1


@pytest.mark.parametrize("filters", [{}, {"effect": "decrease"}], ids=["of all", "of some"])
def test_facets_list_the_most_frequent_values(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, filters: dict[str, str]
) -> None:
    parameters: dict[str, str | int] = {**filters, "facets": "true"}
    whole = client.get("/v1/interactions", params={**parameters, "limit": 3}).json()["facets"]["object"]
    monkeypatch.setattr("app.counting.LISTED", 3)
    listed = client.get("/v1/interactions", params={**parameters, "limit": 4}).json()["facets"]["object"]
    assert listed.items() <= whole.items()
    assert list(listed.values()) == sorted(whole.values(), reverse=True)[:3]


def test_filters_and_facets_of_several_fields_go_together(client: TestClient) -> None:
    every = everything(client, "/v1/peptides", limit=200)
    parameters = {"regulatory_status": "approved", "route": ["subcutaneous", "intravenous"], "facets": "true"}
    answer = client.get("/v1/peptides", params=parameters).json()

    def chosen(record: Json, *, by_route: bool = True, by_status: bool = True) -> bool:
        routes, statuses = values_at(record, "routes"), values_at(record, "regulatory.status")
        return (not by_route or bool(routes & {"subcutaneous", "intravenous"})) and (
            not by_status or "approved" in statuses
        )

    assert {item["id"] for item in answer["items"]} == {record["id"] for record in every if chosen(record)}
    others = [record for record in every if chosen(record, by_route=False)]
    assert answer["facets"]["route"]["subcutaneous"] == sum("subcutaneous" in r["routes"] for r in others)
    others = [record for record in every if chosen(record, by_status=False)]
    approved = sum("approved" in values_at(record, "regulatory.status") for record in others)
    assert answer["facets"]["regulatory_status"]["approved"] == approved


def test_words_of_q_are_found_whatever_the_punctuation(client: TestClient) -> None:
    def found(q: str) -> set[str]:
        return {item["id"] for item in everything(client, "/v1/hormones", q=q, limit=200)}

    assert found("growth hormone") == found("growth-hormone") == found("Growth, HORMONE!") != set()
    assert found("17\u0392-ESTRADIOL") == found("17\u03b2-estradiol") != set()
    assert len(found("on")) < len(found(""))


def test_a_gland_secretes_what_its_cells_do(client: TestClient) -> None:
    testis = {item["id"] for item in everything(client, "/v1/hormones", secreted_by="tissues/testis")}
    assert {"hormones/testosterone", "hormones/inhibin-b"} <= testis
    assert "hormones/lh" in {item["id"] for item in client.get("/v1/tissues/anterior-pituitary").json()["secretes"]}


def test_lack_and_excess_are_told_apart(client: TestClient) -> None:
    flashes = client.get("/v1/conditions/hot-flashes").json()["hormones"]
    assert ("hormones/estradiol", "deficiency") in {(hormone["id"], hormone["state"]) for hormone in flashes}
    estradiol = client.get("/v1/hormones/estradiol").json()
    assert "conditions/hot-flashes" in {condition["id"] for condition in estradiol["deficiency"]}
    assert "conditions/hot-flashes" not in {condition["id"] for condition in estradiol["excess"]}
    causing = client.get(
        f"/v1/{next(c['via'] for c in estradiol['deficiency'] if c['id'] == 'conditions/hot-flashes')}"
    )
    assert causing.json()["summary"].startswith("Lack of Estradiol causes Hot flashes in women")


def test_a_selective_modulator_shows_each_of_its_actions(client: TestClient) -> None:
    targets = client.get("/v1/compounds/tamoxifen").json()["targets"]
    assert {target["action"] for target in targets if target["protein"]["id"] == "proteins/esr1"} == {
        "agonist_of", "antagonist_of",
    }  # fmt: skip
    ester = client.get("/v1/compounds/testosterone-cypionate").json()["targets"]
    assert {target["protein"]["id"] for target in ester} >= {"proteins/ar"}
