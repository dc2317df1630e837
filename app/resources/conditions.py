"""Conditions: diseases, syndromes, symptoms, signs, side effects and life stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from app.resource import DERIVED, Filter, Record, Resource, StateReference
from app.vocabulary import ConditionClass

if TYPE_CHECKING:
    from app.corpus import Corpus


class Condition(Record):
    """A state of the body that people have, feel or are found to have."""

    condition_class: ConditionClass
    """What kind of state it is."""
    hormones: Annotated[list[StateReference], DERIVED] = []
    """Hormones whose excess or deficiency brings it about, or which it raises or lowers."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        return {"hormones": corpus.hormones_of(self.id)}


CONDITIONS = Resource(
    name="conditions",
    singular="condition",
    meaning="Diseases, syndromes, symptoms, signs, side effects and life stages.",
    model=Condition,
    filters=(Filter("condition_class", "condition_class", ConditionClass, "What kind of state it is.", single=True),),
)
