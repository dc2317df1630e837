"""Conflicts: statements on which sources disagree, each with both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.resource import Reference
from app.vocabulary import Stance, Status


class Side(BaseModel):
    """What one source says."""

    model_config = ConfigDict(frozen=True)
    source: Reference = Field(description="The source.")
    locator: str | None = Field(description="Where in the source.")
    note: str | None = Field(description="What it says, in our words.")


class Conflict(BaseModel):
    """A contested or refuted interaction, or a field of a record on which sources disagree."""

    model_config = ConfigDict(frozen=True)
    record: Reference = Field(description="The record it stands in.")
    field: str = Field(description="The field that is disputed; `status` for a whole interaction.")
    status: Status = Field(description="Whether the statement is contested or refuted.")
    statement: str = Field(description="What is said, or what to know about it.")
    supports: list[Side] = Field(description="Who says so.")
    refutes: list[Side] = Field(description="Who says otherwise.")


def conflicts_of(record: dict[str, Any]) -> Iterator[Conflict]:
    """The conflicts that a served record holds: its own, if it is a disputed interaction, and those of its notes.

    Several disputed notes on one field are one conflict. A disputed field counts as contested.
    """
    if record.get("status") in (Status.CONTESTED, Status.REFUTED):
        statement = record["mechanism"] or record["summary"]
        yield _conflict(record, "status", record["status"], statement, record["evidence"])
    disputed: dict[str, list[Any]] = {}
    for note in record["notes"]:
        if {Stance.SUPPORTS, Stance.REFUTES} <= {item["stance"] for item in note["evidence"]}:
            disputed.setdefault(note["field"], []).append(note)
    for field, notes in disputed.items():
        evidence = [item for note in notes for item in note["evidence"]]
        yield _conflict(record, field, Status.CONTESTED, " ".join(note["text"] for note in notes), evidence)


def _conflict(record: dict[str, Any], field: str, status: str, statement: str, evidence: list[Any]) -> Conflict:
    def side(stance: Stance) -> list[Side]:
        return [
            Side(source=Reference(**item["source"]), locator=item["locator"], note=item["note"])
            for item in evidence
            if item["stance"] == stance
        ]

    return Conflict.model_validate(
        {
            "record": {"id": record["id"], "name": record["name"]},
            "field": field,
            "status": status,
            "statement": statement,
            "supports": side(Stance.SUPPORTS),
            "refutes": side(Stance.REFUTES),
        }
    )
