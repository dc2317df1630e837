"""The circumstances in which a statement holds."""

from __future__ import annotations

from app.resource import ConditionRef, Part, Text, TissueRef
from app.vocabulary import CyclePhase, Exposure, Level, LifeStage, Phase, Sex, Species


class Context(Part):
    """Where a statement holds: any of the values within a field, all fields together. An empty field is unspecified."""

    sex: list[Sex] = []
    """In which sex."""
    life_stage: list[LifeStage] = []
    """In which phase of life."""
    cycle_phase: list[CyclePhase] = []
    """In which phase of the menstrual cycle."""
    exposure: list[Exposure] = []
    """With which pattern of exposure to the subject."""
    phase: list[Phase] = []
    """Early or late in the exposure."""
    level: list[Level] = []
    """At which level of the subject."""
    tissue: list[TissueRef] = []
    """In which tissue."""
    conditions: list[ConditionRef] = []
    """With which conditions."""
    conditions_absent: list[ConditionRef] = []
    """Only without these conditions."""
    species: list[Species] = []
    """Where it was shown, if not in people."""
    note: Text | None = None
    """What the fields cannot say."""
