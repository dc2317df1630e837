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
    """A contested or refuted interaction, or a claim about a field of a record on which sources disagree."""

    model_config = ConfigDict(frozen=True)
    record: Reference = Field(description="The record it stands in.")
    field: str = Field(description="The field that is disputed; `status` for a whole interaction.")
    status: Status = Field(description="Whether the claim is contested or refuted.")
    claim: str = Field(description="What is claimed, as those say it who claim it. It may be wrong: see `status`.")
    assessment: str | None = Field(description="What to know about the claim, in our words.")
    supports: list[Side] = Field(description="Who makes the claim or bears it out.")
    refutes: list[Side] = Field(description="Who says otherwise.")


def conflicts_of(record: dict[str, Any]) -> Iterator[Conflict]:
    """The conflicts that a served record holds: its own, if it is a disputed interaction, and those of its notes."""
    if record.get("status") in (Status.CONTESTED, Status.REFUTED):
        yield _conflict(record, "status", record["status"], record["name"], record["mechanism"], record["evidence"])
    for note in record["notes"]:
        if note["claim"] is not None:
            yield _conflict(record, note["field"], note["status"], note["claim"], note["text"], note["evidence"])


def _conflict(  # noqa: PLR0913, PLR0917  # the parts of a conflict
    record: dict[str, Any], field: str, status: str, claim: str, assessment: str | None, evidence: list[Any]
) -> Conflict:
    def side(stance: Stance) -> list[dict[str, Any]]:
        return [item for item in evidence if item["stance"] == stance]

    return Conflict.model_validate(
        {
            "record": {"id": record["id"], "name": record["name"]},
            "field": field,
            "status": status,
            "claim": claim,
            "assessment": assessment,
            "supports": side(Stance.SUPPORTS),
            "refutes": side(Stance.REFUTES),
        }
    )
