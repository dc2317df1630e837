"""Tissues: glands, organs, cell types and the other places where hormones are made and act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from app.resource import DERIVED, DerivedReference, Filter, Record, Resource, TissueRef
from app.vocabulary import Sex, TissueClass

if TYPE_CHECKING:
    from app.corpus import Corpus


class Tissue(Record):
    """A place in the body."""

    tissue_class: TissueClass
    """What kind of place it is."""
    part_of: TissueRef | None = None
    """The larger place it belongs to."""
    sex: Annotated[list[Sex], Field(max_length=1)] = []
    """The sex that has it; both where empty. A part is had by those who have the whole."""
    secretes: Annotated[list[DerivedReference], DERIVED] = []
    """What it, or a part of it, secretes."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        return {"secretes": corpus.secretions(self.id)}


TISSUES = Resource(
    name="tissues",
    singular="tissue",
    meaning="Glands, organs, regions and cell types.",
    model=Tissue,
    filters=(Filter("tissue_class", "tissue_class", TissueClass, "What kind of place it is.", single=True),),
)
