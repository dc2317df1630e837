"""The glossary in one answer, from A to Z."""

from __future__ import annotations

import shutil
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.resources import RESOURCES
from app.seed.rules import check
from app.text import plain
from app.vocabulary import Category
from tests.test_resources import everything

Json = Any
INDEX = "/v1/glossary/index"


@pytest.fixture(scope="module")
def entries(client: TestClient) -> list[Json]:
    return everything(client, "/v1/glossary", limit=200)


@pytest.fixture(scope="module")
def index(client: TestClient) -> Json:
    return client.get(INDEX).json()


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


def test_no_entry_can_take_the_path_of_the_index(client: TestClient, seeds: Path) -> None:
    assert client.get("/v1/glossary/index").json().keys() == {"letters", "categories", "total", "release"}
    assert client.get("/v1/glossary/index/references").status_code == 404
    shutil.move(seeds / "glossary/luteinizing-hormone.yaml", seeds / "glossary/index.yaml")
    assert [problem.rule for problem in check(seeds, RESOURCES)[1]] == ["taken_path"]
