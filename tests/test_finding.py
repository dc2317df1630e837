"""Search and suggestions: what people type is found, whatever they type is answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client(memory_client: TestClient) -> TestClient:
    return memory_client


def search(client: TestClient, q: str, **parameters: Any) -> Any:
    answer = client.get("/v1/search", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("testostrone", "hormones/testosterone"),
        ("E2", "hormones/estradiol"),
        ("T4", "hormones/thyroxine"),
        ("GH-releasing hormone", "hormones/ghrh"),
        ("TNF-alpha", "proteins/tnf"),
        ("tnfα", "proteins/tnf"),
        ("oestradiol", "hormones/estradiol"),
        ("haematocrit", "biomarkers/hematocrit"),
        ("HORMONE growth", "hormones/growth-hormone"),
        ("leydig cell", "tissues/leydig-cells"),
        ("Leydig-cells", "tissues/leydig-cells"),
    ],
)
def test_what_people_type_is_found_first(client: TestClient, typed: str, first: str) -> None:
    assert search(client, typed)["items"][0]["id"] == first


def test_an_exact_name_is_first_for_every_hormone(client: TestClient) -> None:
    hormones = client.get("/v1/hormones", params={"limit": 200}).json()["items"]
    for hormone in hormones:
        found = search(client, hormone["name"], limit=1)["items"][0]
        assert found["id"] == hormone["id"]
        assert found["matched"]["field"] in {"name", "synonyms"}


def test_what_matched_is_where_it_says(client: TestClient) -> None:
    for q in ("ovulation", "aromatase inhibitor", "sleep deprivatoin", "β-cells"):
        for item in search(client, q)["items"]:
            matched = item["matched"]
            assert matched["ranges"]
            for part in matched["ranges"]:
                assert (
                    matched["text"][part["start"] : part["end"]].strip() == matched["text"][part["start"] : part["end"]]
                )
                assert part["start"] < part["end"] <= len(matched["text"])


def test_pages_stay_put_and_add_up(client: TestClient) -> None:
    whole = search(client, "insulin", limit=200)
    found: list[str] = []
    cursor = None
    while True:
        page = search(client, "insulin", limit=7, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == whole["total"]
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None or len(found) >= 200:
            break
    assert found[:200] == [item["id"] for item in whole["items"]][: len(found)]
    assert len(set(found)) == len(found)
    other = client.get(
        "/v1/search", params={"q": "glucagon", "cursor": search(client, "insulin", limit=1)["next_cursor"]}
    )
    assert other.status_code == 400


def test_facets_count_resources_and_the_filter_narrows(client: TestClient) -> None:
    everything = search(client, "testosterone")
    assert sum(everything["facets"]["resource"].values()) == everything["total"]
    only = search(client, "testosterone", resource="protocols")
    assert only["total"] == everything["facets"]["resource"]["protocols"]
    assert {item["resource"] for item in only["items"]} == {"protocols"}
    assert only["facets"] == everything["facets"]


def test_a_near_name_is_offered_where_no_word_is_known(client: TestClient) -> None:
    assert search(client, "testostrone")["did_you_mean"] == "Testosterone"
    assert search(client, "testosterone")["did_you_mean"] is None
    assert search(client, "qqqqqqqqqq")["items"] == []


def suggest(client: TestClient, q: str, **parameters: Any) -> list[str]:
    answer = client.get("/v1/suggest", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_suggestions_begin_as_typed_and_put_the_central_first(client: TestClient) -> None:
    assert suggest(client, "testo")[0] == "hormones/testosterone"
    assert suggest(client, "cort")[0] == "hormones/cortisol"
    assert suggest(client, "PT-1")[0] == "peptides/bremelanotide"
    assert "hormones/growth-hormone" in suggest(client, "horm", limit=50), "a later word counts"
    assert set(suggest(client, "insulin", resource="proteins")) >= {"proteins/insr"}
    assert all(key.startswith("proteins/") for key in suggest(client, "i", resource="proteins"))
    assert len(suggest(client, "a", limit=3)) == 3
    assert suggest(client, "…") == []


@given(q=st.text(min_size=1, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_answered(client: TestClient, q: str) -> None:
    for path in ("/v1/search", "/v1/suggest"):
        answer = client.get(path, params={"q": q.encode("utf-8", "surrogatepass").decode("utf-8", "replace")})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "q", ["AND OR NOT", '"', "+-*/~^", "\u202eLH\u202c", "\x00", "a" * 200, "💉", "field:x", "(" * 50]
)
def test_odd_queries_are_answered(client: TestClient, q: str) -> None:
    assert client.get("/v1/search", params={"q": q}).status_code == 200


def test_bad_queries_are_refused(client: TestClient) -> None:
    bad: list[dict[str, str | int]] = [
        {},
        {"q": ""},
        {"q": "a" * 201},
        {"q": "LH", "limit": 0},
        {"q": "LH", "resource": "gadgets"},
    ]
    for parameters in bad:
        for path in ("/v1/search", "/v1/suggest"):
            assert client.get(path, params=parameters).status_code == 422


def test_letters_are_forgiven_where_the_written_word_stands_elsewhere_only(client: TestClient) -> None:
    found = client.get("/v1/search", params={"q": "adrenalin", "resource": "tissues"}).json()["items"]
    assert "tissues/adrenal-gland" in {hit["id"] for hit in found}
