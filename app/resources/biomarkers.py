"""Biomarkers: what is measured to learn of hormones and what they do."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.resource import EntityRef, Filter, Label, Part, Record, Resource, SourceRef, Text
from app.vocabulary import (
    CyclePhase,
    Direction,
    Fraction,
    LifeStage,
    MeasuredQuantity,
    Sex,
    Specimen,
    Unit,
)


class Measure(Part):
    """What a test measures."""

    entity: EntityRef
    """The thing measured."""
    fraction: Fraction | None = None
    """Which part of it."""
    quantity: MeasuredQuantity = MeasuredQuantity.CONCENTRATION
    """What is reported of it."""


class UnitFactor(Part):
    """A unit of the test, and what its numbers are multiplied by to give the first unit."""

    unit: Unit
    """The unit."""
    factor: Annotated[float, Field(gt=0)]
    """A value in this unit times the factor is the value in the first unit; 1 for the first."""
    sources: list[SourceRef] = []
    """Where the factor is stated."""


class ReferenceInterval(Part):
    """Where values of a described group are expected."""

    sex: list[Sex] = []
    """In which sex."""
    life_stage: list[LifeStage] = []
    """In which phase of life."""
    age: Label | None = None
    """At which age, in years."""
    cycle_phase: list[CyclePhase] = []
    """In which phase of the menstrual cycle."""
    time_of_day: Label | None = None
    """At what time the sample was taken."""
    state: Label | None = None
    """Fasting or another state."""
    method: Label | None = None
    """How it was measured."""
    low: float | None = None
    """Lower limit; null where there is none."""
    high: float | None = None
    """Upper limit; null where there is none."""
    unit: Unit
    """The unit of both limits."""
    source: SourceRef
    """Where the interval is stated."""


class Interference(Part):
    """Something that falsifies the measurement."""

    agent: Label
    """What interferes."""
    entity: EntityRef | None = None
    """Its record, where there is one."""
    direction: Direction
    """Which way the result is off."""
    mechanism: Text | None = None
    """How."""
    source: SourceRef
    """Where it is stated."""


class Biomarker(Record):
    """A laboratory test or another measurement."""

    measures: list[Measure]
    """What it measures."""
    specimen: list[Specimen]
    """What is tested."""
    units: Annotated[list[UnitFactor], Field(min_length=1)]
    """Units in use; the others are converted to the first."""
    reference_intervals: list[ReferenceInterval] = []
    """Where values are expected, group by group."""
    sampling: Text | None = None
    """When and how the sample is taken."""
    interferences: list[Interference] = []
    """What falsifies the measurement."""


BIOMARKERS = Resource(
    name="biomarkers",
    singular="biomarker",
    meaning="Tests and measurements with units, reference intervals, sampling and interferences.",
    model=Biomarker,
    filters=(
        Filter(
            "measures",
            "measures.entity",
            ("hormones", "peptides", "compounds", "proteins", "processes", "conditions", "tissues"),
            "What it measures.",
        ),
    ),
)
