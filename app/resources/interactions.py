"""Interactions: what one thing does to another, with direction, context, status and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from app.context import Context
from app.resource import (
    DERIVED,
    ENTITIES,
    DerivedReference,
    EntityRef,
    Evidence,
    Filter,
    InteractionRef,
    Label,
    Part,
    Record,
    Resource,
    SourceRef,
    Text,
)
from app.vocabulary import (
    Aspect,
    Effect,
    InteractionKind,
    Modulation,
    Predicate,
    Severity,
    Sex,
    Status,
    SubstrateEffect,
    Timescale,
)
from app.wording import claim, sentence

if TYPE_CHECKING:
    from app.corpus import Corpus


class Modulates(Part):
    """What this interaction's subject does to another interaction."""

    interaction: InteractionRef
    """The other interaction."""
    effect: Modulation
    """What it does to it."""


class Interaction(Record):
    """A statement that a subject does something to an object. An effect that the predicate fixes is filled in."""

    name: Annotated[Label, DERIVED] = ""
    """Made from subject, predicate and object."""
    summary: Annotated[Label, DERIVED] = ""
    """The statement as a sentence."""
    sources: Annotated[list[SourceRef], DERIVED] = []
    """The sources of its evidence."""
    subject: EntityRef
    """What acts."""
    predicate: Predicate
    """What it does."""
    object: EntityRef
    """What it acts on."""
    effect: Effect | None = None
    """What the object does when the subject rises; null where direction has no meaning."""
    subject_aspect: Aspect = Aspect.LEVEL
    """What of the subject."""
    object_aspect: Aspect = Aspect.LEVEL
    """What of the object."""
    kind: InteractionKind
    """What sort of step it is."""
    direct: bool = True
    """True for a single step; false for a net effect that steps explain."""
    mechanism: Text | None = None
    """How it comes about."""
    catalysts: list[EntityRef] = []
    """What catalyses it."""
    requires: list[EntityRef] = []
    """What must be there for it."""
    substrate_effect: SubstrateEffect | None = None
    """What a conversion does to what it uses up."""
    modulates: list[Modulates] = []
    """Other interactions that the subject enables, amplifies, reduces or blocks."""
    timescale: Timescale | None = None
    """How long the effect takes to show."""
    context: Context = Context()
    """Where it holds; an empty field is unspecified."""
    severity: Severity | None = None
    """How serious it is, between substances and with conditions."""
    management: Text | None = None
    """What to do about it, as sources say."""
    status: Status
    """How well it stands."""
    evidence: Annotated[list[Evidence], Field(min_length=1)]
    """Who says what of it."""
    axes: Annotated[list[DerivedReference], DERIVED] = []
    """Axes whose cascade or feedback it is part of."""

    @model_validator(mode="before")
    @classmethod
    def _fill_fixed_effect(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("effect") is None:
            allowed = next((term.effects for term in Predicate if term == data.get("predicate")), ())
            if len(allowed) == 1:
                return data | {"effect": allowed[0]}
        return data

    @property
    def stem(self) -> str:
        """The slug that subject, predicate and object give; a qualifier may follow it."""
        subject, end = self.subject.split("/")[1], self.object.split("/")[1]
        return f"{subject}-{self.predicate.replace('_', '-')}-{end}"

    def title(self, names: Mapping[str, str]) -> str:
        """What it says, with the slug's qualifier in brackets where there is one."""
        qualifier = self.id.split("/")[1].removeprefix(self.stem).strip("-").replace("-", " ")
        return f"{claim(self, names)} ({qualifier})" if qualifier else claim(self, names)

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        cited = dict.fromkeys(evidence.source for evidence in self.evidence)
        return {
            "name": corpus.names[self.id],
            "summary": sentence(self, corpus.names),
            "sources": list(cited),
            "axes": corpus.axes_of.get(self.id, []),
        }


INTERACTIONS = Resource(
    name="interactions",
    singular="interaction",
    meaning="Signed statements of what one thing does to another, each with context, status and evidence.",
    model=Interaction,
    filters=(
        Filter("subject", "subject", ENTITIES, "What acts.", single=True),
        Filter("object", "object", ENTITIES, "What is acted on.", single=True),
        Filter("entity", "subject|object", ENTITIES, "Either end."),
        Filter("predicate", "predicate", Predicate, "What the subject does.", single=True),
        Filter("effect", "effect", Effect, "What the object does when the subject rises.", single=True),
        Filter("kind", "kind", InteractionKind, "What sort of step it is.", single=True),
        Filter("status", "status", Status, "How well it stands.", single=True),
        Filter("severity", "severity", Severity, "How serious it is.", single=True),
        Filter("axis", "axes", ("axes",), "An axis it is part of."),
        Filter("sex", "context.sex", Sex, "A sex that its context names."),
    ),
    grouped=True,
)
