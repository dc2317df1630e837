"""Axes: glands that control one another in order, with the feedback that closes the circle."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from app.resource import (
    DERIVED,
    BiomarkerRef,
    ConditionRef,
    Filter,
    InteractionRef,
    Label,
    ModulatorRef,
    Part,
    Record,
    Reference,
    Resource,
    SubstanceRef,
    TissueRef,
)
from app.vocabulary import Effect, LoopClass

if TYPE_CHECKING:
    from app.corpus import Corpus

SIGNS = {Effect.INCREASE: 1, Effect.DECREASE: -1}


class AxisLevel(Part):
    """One station of an axis."""

    order: Annotated[int, Field(ge=1)]
    """Its place, from the top."""
    tissue: TissueRef
    """Where it is."""
    hormones: list[SubstanceRef] = []
    """What it sends on."""


class FeedbackLoop(Part):
    """A circle of interactions. Its path and sign follow from them."""

    name: Label
    """What it is called."""
    loop: LoopClass
    """Which stations it joins."""
    interactions: Annotated[list[InteractionRef], Field(min_length=1)]
    """The steps in order; the last one acts on the subject of the first."""
    sign: Annotated[Literal[-1, 1] | None, DERIVED] = None
    """-1 where a change is countered, 1 where it is driven on; null where a step has no single sign."""
    path: Annotated[list[Reference], DERIVED] = []
    """What the steps pass through, in order."""


class Axis(Record):
    """A chain of glands and hormones under feedback."""

    levels: Annotated[list[AxisLevel], Field(min_length=1)]
    """Its stations from the top."""
    cascade: list[InteractionRef] = []
    """The steps down the axis, in order."""
    feedback_loops: list[FeedbackLoop] = []
    """The circles that control it."""
    modulators: list[ModulatorRef] = []
    """What else changes it."""
    disorders: list[ConditionRef] = []
    """Conditions in which it is disturbed."""
    biomarkers: list[BiomarkerRef] = []
    """Tests that show how it works."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        return {"feedback_loops": [_with_sign_and_path(loop, corpus) for loop in self.feedback_loops]}


def _with_sign_and_path(loop: FeedbackLoop, corpus: Corpus) -> FeedbackLoop:
    steps = [corpus.interactions[key] for key in loop.interactions]
    product = prod(SIGNS.get(step.effect, 0) if step.effect else 0 for step in steps)
    path = [Reference(id=step.subject, name=corpus.names[step.subject]) for step in steps]
    return loop.model_copy(update={"sign": product or None, "path": path})


AXES = Resource(
    name="axes",
    singular="axis",
    meaning="Endocrine axes with levels, cascade, feedback loops, modulators, disorders and biomarkers.",
    model=Axis,
    filters=(
        Filter("hormone", "levels.hormones", ("hormones", "peptides", "compounds"), "A hormone at one of its levels."),
        Filter("tissue", "levels.tissue", ("tissues",), "A tissue at one of its levels."),
    ),
)
