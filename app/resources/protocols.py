"""Protocols: treatments as sources describe them, with components, monitoring, effects and what stopping does."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.resource import (
    BiomarkerRef,
    EntityRef,
    Evidence,
    Filter,
    Label,
    Part,
    Quantity,
    Record,
    Resource,
    SourceRef,
    Statement,
    SubstanceRef,
    Text,
)
from app.vocabulary import ComponentRole, DosePer, Goal, LifeStage, Route, Sex


class Population(Part):
    """For whom a protocol is described."""

    sex: list[Sex] = []
    """In which sex."""
    life_stage: list[LifeStage] = []
    """In which phase of life."""


class Dose(Quantity):
    """An amount, and what it is counted by."""

    per: DosePer
    """What the amount is counted by."""


class Component(Part):
    """One substance of a protocol."""

    substance: SubstanceRef
    """The substance."""
    role: ComponentRole
    """What it is for."""
    dose: Dose | None = None
    """How much, as a source says."""
    route: Route | None = None
    """How it is given."""
    frequency: Label | None = None
    """How often."""
    optional: bool = False
    """Whether the protocol can do without it."""
    note: Text | None = None
    """What to know about it here."""


class Monitoring(Part):
    """A measurement that goes with a protocol."""

    biomarker: BiomarkerRef
    """What is measured."""
    when: Label | None = None
    """When."""
    why: Label | None = None
    """What for."""


class CessationEffect(Statement):
    """What happens after stopping."""

    sex: list[Sex] = []
    """In which sex; unspecified where empty."""


class Cessation(Part):
    """What stopping does."""

    course: Text
    """What happens, in order."""
    effects: list[CessationEffect] = []
    """What is felt or found."""
    recovery: Quantity | None = None
    """How long until the body's own production is back."""
    support: list[Statement] = []
    """What is done to help recovery."""


class Modifier(Part):
    """Something that changes how a protocol works."""

    factor: EntityRef
    """What changes it."""
    effect: Label
    """What it does to the protocol."""
    mechanism: Text | None = None
    """How."""
    sources: list[SourceRef]
    """Who says so."""


class Protocol(Record):
    """A treatment as sources describe it. It reports; it does not recommend."""

    goal: Goal
    """What it is for."""
    population: Population = Population()
    """For whom it is described."""
    components: Annotated[list[Component], Field(min_length=1)]
    """What is given."""
    monitoring: list[Monitoring] = []
    """What is measured."""
    expected_effects: list[Statement] = []
    """What it is expected to do."""
    adverse_effects: list[Statement] = []
    """Unwanted effects."""
    contraindications: list[Statement] = []
    """When it must not be used."""
    cessation: Cessation | None = None
    """What stopping does."""
    modifiers: list[Modifier] = []
    """What changes how it works."""
    metabolic_impact: list[Statement] = []
    """What it does to glucose, fat and body composition."""
    evidence: list[Evidence] = []
    """Who describes or judges it."""


PROTOCOLS = Resource(
    name="protocols",
    singular="protocol",
    meaning="Treatments as sources describe them: components, monitoring, effects and what stopping does.",
    model=Protocol,
    filters=(
        Filter("substance", "components.substance", ("hormones", "peptides", "compounds"), "A substance it uses."),
        Filter("sex", "population.sex", Sex, "A sex it is described for."),
        Filter("goal", "goal", Goal, "What it is for.", single=True),
    ),
)
