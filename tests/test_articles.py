"""The five source articles: `seed_data/articles` lists all that they say, and where it is served."""

from __future__ import annotations

from collections.abc import Iterator
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
Documents = dict[str, Any]


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
        if not parts or any(bool(part.serves) == bool(part.left_out) for part in parts):
            raise ValueError("each item, and each cell of a row, is served somewhere or left out for a reason")
        return self

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return self.text or self.row or ", ".join(self.names)

    @property
    def places(self) -> list[str]:
        """Everywhere it is served."""
        return [*self.serves, *(place for cell in self.cells for place in cell.serves)]


class Inventory(BaseModel):
    """Everything an article says."""

    model_config = ConfigDict(extra="forbid")
    source: str
    items: list[Item]


def inventory(file: Path) -> Inventory:
    return Inventory.model_validate(yaml.safe_load(file.read_text()))


def follow(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to. Raises `LookupError` or `ValueError` where it leads nowhere."""
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step.replace("~1", "/")]
    return document


def unserved(item: Item, documents: Documents) -> Iterator[str]:
    """The places of an item that lead nowhere."""
    for place in item.places:
        key, _, pointer = place.partition("#")
        try:
            if follow(documents[key], pointer) in (None, [], ""):
                yield f"{place} is empty"
        except (LookupError, ValueError, TypeError):
            yield f"{place} does not exist"


def unresolved(item: Item, client: TestClient) -> Iterator[str]:
    """The names of an entity that do not lead to a record that serves it."""
    if item.kind == "entity" and not item.left_out:
        served = {place.partition("#")[0] for place in item.serves}
        for resolved in client.post("/v1/resolve", json={"names": item.names}).json()["items"]:
            found = {candidate["id"] for candidate in resolved["candidates"] if candidate["matched_on"] != "fuzzy"}
            if not found & served:
                yield f"{resolved['query']!r} resolves to {sorted(found)}"


def uncited(item: Item, article: str, documents: Documents) -> Iterator[str]:
    """The interactions of a claim that do not cite the article that makes it."""
    for key in (place.partition("#")[0] for place in item.serves if item.kind == "claim"):
        evidence = documents.get(key, {}).get("evidence", []) if key.startswith("interactions/") else None
        if evidence is not None and article not in {entry["source"]["id"] for entry in evidence}:
            yield f"{key} does not cite {article}"


@pytest.fixture(scope="module")
def service(sqlite_database: str) -> Iterator[TestClient]:
    with client_of(sqlite_database) as client:
        yield client


@pytest.fixture(scope="module")
def documents(shipped: list[Rendered]) -> Documents:
    return {record.key: record.data for record in shipped}


def test_all_five_are_there() -> None:
    assert [inventory(file).source for file in ARTICLES] == [f"sources/article-{n}" for n in range(1, 6)]


@each_article
def test_everything_an_article_says_is_served(file: Path, service: TestClient, documents: Documents) -> None:
    listed = inventory(file)
    wrong = []
    for item in listed.items:
        faults = [*unserved(item, documents), *unresolved(item, service), *uncited(item, listed.source, documents)]
        wrong += [f"{item.label}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong)


@each_article
def test_every_reference_has_a_verdict(file: Path, documents: Documents) -> None:
    listed = inventory(file)
    references = [item for item in listed.items if item.kind == "reference"]
    assert len(documents[listed.source]["cites"]) == len(references)
    for position, item in enumerate(references):
        assert f"{listed.source}#/cites/{position}" in item.serves
