"""The five source articles, whole: `seed_data/articles` lists everything they say, and where it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.testclient import TestClient

from app.seed.load import Rendered
from tests.conftest import SEEDS, client_of

ARTICLES = sorted((SEEDS / "articles").glob("*.yaml"))
each_article = pytest.mark.parametrize("file", ARTICLES, ids=lambda file: file.stem)


class Cell(BaseModel):
    """One cell of a table's row."""

    model_config = ConfigDict(extra="forbid")
    column: str
    text: str
    serves: list[str] = []
    left_out: str | None = None


class Item(BaseModel):
    """Something an article says: where it is served, or why not."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["entity", "claim", "component", "row", "term", "reference"]
    section: str
    text: str | None = None
    names: list[str] = []
    table: str | None = None
    row: str | None = None
    cells: list[Cell] = []
    serves: list[str] = []
    left_out: str | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Item:
        parts: list[Item | Cell] = [*self.cells] if self.kind == "row" else [self]
        assert parts, "a row has cells"
        for part in parts:
            assert bool(part.serves) != bool(part.left_out), "served somewhere, or left out for a reason"
        return self


class Inventory(BaseModel):
    """Everything an article says."""

    model_config = ConfigDict(extra="forbid")
    source: str
    items: list[Item]


def inventory(file: Path) -> Inventory:
    return Inventory.model_validate(yaml.safe_load(file.read_text()))


@pytest.fixture(scope="module")
def service(sqlite_database: str) -> Any:
    with client_of(sqlite_database) as client:
        yield client


@pytest.fixture(scope="module")
def documents(shipped: list[Rendered]) -> dict[str, Any]:
    return {record.key: record.data for record in shipped}


def follow(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to."""
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step.replace("~1", "/")]
    return document


def test_all_five_are_there() -> None:
    assert [inventory(file).source for file in ARTICLES] == [f"sources/article-{n}" for n in range(1, 6)]


@each_article
def test_every_pointer_leads_to_what_is_served(file: Path, service: TestClient) -> None:
    broken = []
    for item in inventory(file).items:
        for place in [*item.serves, *(place for cell in item.cells for place in cell.serves)]:
            key, _, pointer = place.partition("#")
            answer = service.get(f"/v1/{key}")
            try:
                assert answer.status_code == 200
                assert "content-location" not in answer.headers
                assert follow(answer.json(), pointer) not in (None, [], "")
            except (AssertionError, KeyError, IndexError, ValueError, TypeError):
                broken.append(f"{place}: {item.text or item.names or item.row}")
    assert not broken, "\n".join(broken)


@each_article
def test_every_name_resolves_to_what_serves_it(file: Path, service: TestClient) -> None:
    wrong = []
    for item in inventory(file).items:
        if item.kind != "entity" or item.left_out:
            continue
        served = {place.partition("#")[0] for place in item.serves}
        answer = service.post("/v1/resolve", json={"names": item.names}).json()
        for resolved in answer["items"]:
            found = {candidate["id"] for candidate in resolved["candidates"] if candidate["matched_on"] != "fuzzy"}
            if not found & served:
                wrong.append(f"{resolved['query']!r} gives {sorted(found)}, not {sorted(served)}")
    assert not wrong, "\n".join(wrong)


@each_article
def test_every_claim_cites_the_article_that_makes_it(file: Path, documents: dict[str, Any]) -> None:
    article = inventory(file).source
    uncited = []
    for item in inventory(file).items:
        keys = [place.partition("#")[0] for place in item.serves if item.kind == "claim"]
        uncited += [
            f"{key}: {item.text}"
            for key in keys
            if key.startswith("interactions/")
            and article not in {evidence["source"]["id"] for evidence in documents[key]["evidence"]}
        ]
    assert not uncited, "\n".join(uncited)


@each_article
def test_every_reference_has_a_verdict(file: Path, documents: dict[str, Any]) -> None:
    listed = inventory(file)
    references = [item for item in listed.items if item.kind == "reference"]
    cites = documents[listed.source]["cites"]
    assert len(cites) == len(references)
    for position, item in enumerate(references):
        assert f"{listed.source}#/cites/{position}" in item.serves
