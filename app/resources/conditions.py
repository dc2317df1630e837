"""Conditions: diseases, syndromes, symptoms, signs, side effects and life stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from app.resource import DERIVED, DerivedReference, Filter, Record, Resource
from app.vocabulary import ConditionClass, Predicate

if TYPE_CHECKING:
    from app.corpus import Corpus


class Condition(Record):
    """A state of the body that people have, feel or are found to have."""

    condition_class: ConditionClass
    """What kind of state it is."""
    hormones: Annotated[list[DerivedReference], DERIVED] = []
    """Hormones whose excess or deficiency brings it about or goes with it."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        linked = (Predicate.CAUSES, Predicate.ASSOCIATED_WITH)
        return {"hormones": corpus.subjects(self.id, linked, "hormones")}


CONDITIONS = Resource(
    name="conditions",
    singular="condition",
    meaning="Diseases, syndromes, symptoms, signs, side effects and life stages.",
    model=Condition,
    filters=(Filter("condition_class", "condition_class", ConditionClass, "What kind of state it is.", single=True),),
)
